// A model is trained, its report read; it is started, tried with a picture, and stopped.
import { home, visit } from "./visitor.mjs";

const { PICTURE, LABEL } = process.env;

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
  await visitor.picture("going");

  await page.getByRole("tab", { name: "Report" }).waitFor();
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
