// A folder of 300 pictures becomes a dataset, although the line is slow, and the server and the key die on the way.
import { ask, home, visit } from "./visitor.mjs";

const { FOLDER, OTHER_KEY_ID, OTHER_SECRET } = process.env;

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
});
