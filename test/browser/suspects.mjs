// After a training, the labels that are likely wrong are gone through by keys: corrected, kept, and thought over.
import { visit } from "./visitor.mjs";

await visit("suspects", async (visitor) => {
  const { page } = visitor;
  const shown = (i, label) => page.getByLabel(`Picture ${i} of 3: ${label}`, { exact: true }).waitFor();
  // doubted waits for what the model says against a label, and gives both.
  const doubted = async () => (await page.getByText(/^Labelled .*, v1 says .* sure\)$/).textContent()).match(/^Labelled (\S+), v1 says (\S+) /).slice(1);

  await visitor.signIn();
  await page.getByRole("link", { name: "mixed" }).click();
  await page.getByRole("link", { name: "v1", exact: true }).click();
  const wrong = page.getByRole("heading", { name: "Likely wrong labels (3)" });
  await wrong.waitFor();
  await wrong.scrollIntoViewIfNeeded();
  await page.getByRole("link", { name: /^Correct it: s3:.*shapes-022\.png/ }).waitFor();
  await visitor.look("report");
  await page.getByRole("link", { name: "Look through them" }).click();
  await page.waitForURL("**/datasets/train/label?suspects=v1*");

  let [given, meant] = await doubted();
  await shown(1, given);
  await page.getByRole("button", { name: `Change to ${meant}` }).waitFor();
  await visitor.look("doubt");
  await page.keyboard.press("Enter");

  // The second is kept, and then not.
  await page.getByLabel(/^Picture 2 of 3/).waitFor();
  [given, meant] = await doubted();
  await shown(2, given);
  await page.keyboard.press("g");
  await page.getByLabel(/^Picture 3 of 3/).waitFor();
  await page.keyboard.press("k");
  await shown(2, given);
  await page.getByText("Kept as it is, though v1 says otherwise.").waitFor();
  await visitor.picture("kept");
  await page.getByRole("button", { name: "Decide again" }).click();
  await page.getByRole("button", { name: `Change to ${meant}` }).waitFor();
  await page.keyboard.press("Enter");

  await page.getByLabel(/^Picture 3 of 3/).waitFor();
  [given, meant] = await doubted();
  await page.keyboard.press("Enter");
  await page.getByText("Every likely wrong picture is decided").waitFor();
  await page.keyboard.press("k");
  await shown(3, meant);
  await page.getByText("Corrected: what v1 doubted is not there any more.").waitFor();
  await page.keyboard.press("j");
  await page.getByText("All saved").first().waitFor();
  await visitor.look("decided");

  // What was decided stays decided.
  await page.getByRole("button", { name: "Back to the report" }).click();
  await page.getByRole("link", { name: "Look through them" }).click();
  await page.getByLabel(/^Picture 1 of 3/).waitFor();
  await page.getByText("Corrected: what v1 doubted is not there any more.").waitFor();
});
