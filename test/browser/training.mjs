// A model is trained, although the server dies meanwhile, and its report read; it is started, tried with pictures, and stopped.
import assert from "node:assert/strict";

import { ask, home, visit } from "./visitor.mjs";

const { PICTURE, LABEL, DROPPED, DROPPED_LABEL } = process.env;

await visit("training", async (visitor) => {
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await visitor.signIn();
  await page.getByRole("link", { name: "gears" }).click();
  await page.getByRole("button", { name: "Train", exact: true }).first().click();
  await visitor.look("train");
  await dialog.getByRole("button", { name: "Train", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("table").getByRole("link").first().click();
  await page.waitForURL("**/versions/*");

  // The page is left open while the server dies and comes back. It needs nobody.
  await page.getByRole("tab", { name: "Training" }).waitFor();
  const opened = await page.evaluate(() => performance.timeOrigin);
  await ask("kill while it learns");
  await page.getByText("The server does not answer").waitFor();
  await visitor.look("silent");
  await ask("start");
  await page.getByText("The server does not answer").waitFor({ state: "hidden" });
  await visitor.picture("going");
  await page.getByRole("tab", { name: "Report" }).waitFor({ timeout: 420_000 }); // a training gives way to whatever else the machine does
  assert.equal(await page.evaluate(() => performance.timeOrigin), opened, "nobody has loaded the page again");
  await page.getByRole("heading", { name: "How good it is" }).waitFor();
  await page.getByRole("heading", { name: "Confusion matrix" }).waitFor();
  await visitor.look("report");

  await page.getByRole("tab", { name: "Details" }).click();
  await visitor.look("details");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await visitor.look("start");
  await dialog.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByText("Running", { exact: true }).first().waitFor();
  await page.getByRole("tab", { name: "Try it" }).click();
  await page.locator("input[type=file]").first().setInputFiles(PICTURE);
  await page.getByText(/Answered in \d+ ms/).waitFor();
  await page.getByRole("listitem").filter({ hasText: LABEL }).first().waitFor();

  // Another picture is dropped by the mouse.
  const drop = await visitor.drag(page.getByText("Drop pictures here"), DROPPED);
  await visitor.picture("over");
  await drop();
  await page.getByRole("img", { name: "dropped.jpg" }).waitFor();
  await page.getByText(/Answered in \d+ ms/).nth(1).waitFor();
  assert.match(await page.getByRole("listitem").filter({ hasText: "%" }).first().textContent(), new RegExp(`^${DROPPED_LABEL}`));
  await visitor.look("try");
  await page.getByRole("tab", { name: "Use your model" }).click();
  await page.getByText("detect").first().waitFor();
  await visitor.look("code");

  await page.goto(`${home}projects/gears`);
  await page.getByText("answers", { exact: false }).first().waitFor();
  await visitor.look("project");
  await page.goBack();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByText("Stopped", { exact: true }).first().waitFor();
});
