// A folder of 300 pictures becomes a dataset, although the line is slow, and the server and the key die on the way.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";

import { ask, home, visit } from "./visitor.mjs";

const { FOLDER, PHONE, OTHER_KEY_ID, OTHER_SECRET } = process.env;

await visit("upload", async (visitor) => {
  const { page } = visitor;
  await visitor.signIn();
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("belt");
  await visitor.look("create-project");
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await page.getByText("Drag a folder or pictures here").waitFor();

  await page.getByLabel("Folder of pictures").setInputFiles(FOLDER);
  await page.getByRole("radio", { name: "From the names of the folders" }).waitFor();
  await visitor.look("preview");
  await visitor.throttle({ latency: 40, uploadThroughput: 300_000, downloadThroughput: 1_000_000 });
  await page.getByRole("button", { name: "Upload 300 pictures" }).click();
  await page.getByText(/\b[1-9]\d* of 300/).first().waitFor();
  await visitor.picture("going");
  await ask("kill");
  await page.getByText("The server does not answer. It goes on by itself when it does.").first().waitFor();
  await visitor.look("waiting");
  await ask("start");
  await page.getByText("The server does not answer. It goes on by itself when it does.").first().waitFor({ state: "hidden" });
  await ask("delete the key");
  await page.getByText("The upload of belt goes on where it is.").waitFor();
  await visitor.picture("signed-out");
  await visitor.throttle({});
  await visitor.signIn({ id: OTHER_KEY_ID, secret: OTHER_SECRET });
  await page.getByText("300 pictures added").waitFor();
  await page.getByText("3 labels").first().waitFor();
  await visitor.look("project");

  await page.goto(`${home}projects/belt/datasets/train`);
  await page.getByText("300 pictures").first().waitFor();
  await page.getByRole("option", { name: /good-000\.jpg/ }).locator("img").waitFor();
  await visitor.look("dataset");

  await photographs(visitor);
});

// photographs adds those of a phone, which are larger than the service takes: two good ones, and one that is broken.
async function photographs(visitor) {
  const { page } = visitor;
  const sent = [];
  page.on("request", (r) => r.method() === "PUT" && sent.push(decodeURIComponent(new URL(r.url()).pathname)));
  await page.goto(`${home}projects/belt`);
  await page.getByText("Drag a folder or pictures here").waitFor();
  await page.getByLabel("Folder of pictures").setInputFiles(PHONE);
  const smaller = page.getByRole("checkbox", { name: "Make them smaller for the upload, to fit 4096 pixels" });
  await page.getByText("3 pictures have more than 4096 pixels a side, or more than 15 MB.").waitFor();
  await visitor.look("large");
  await smaller.uncheck();
  await page.getByRole("button", { name: "Upload 1 picture" }).waitFor();
  await smaller.check();
  // While all but one are held up, that one counts with what was sent of it, not with what the photograph had.
  let go = () => {};
  const held = new Promise((done) => (go = done));
  await page.route((url) => url.pathname.includes("/belt/phone/") && !url.pathname.includes("/large-"), async (route) => {
    await held;
    await route.continue();
  });
  const answered = page.waitForResponse((r) => r.request().method() === "PUT" && r.url().includes("/large-"));
  await page.getByRole("button", { name: "Upload 4 pictures" }).click();
  const { requestBodySize } = await (await answered).request().sizes();
  assert.ok(requestBodySize > 0 && requestBodySize < 0.9 * statSync(join(PHONE, "good", "large.jpg")).size, `${requestBodySize} bytes`);
  await page.getByText(new RegExp(`^1 of 4, ${(requestBodySize / 1000).toFixed(requestBodySize < 99_950 ? 1 : 0)}\\sKB of about `)).waitFor();
  await visitor.look("large-going");
  go();
  await page.getByText("1 picture could not be uploaded").waitFor();
  await page.getByText("this browser cannot open it to make it smaller").waitFor();
  await page.getByText("save it as a JPEG of at most 4096 pixels a side").waitFor();
  await visitor.look("large-failed");
  await page.getByRole("button", { name: "Try these again" }).click();
  await page.getByText("3 were in the dataset already and keep their labels.").waitFor();
  // What is there is found again, although nobody knows how large it became.
  assert.equal(sent.length, 3, sent.join());
}
