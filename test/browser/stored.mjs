// Pictures that lie in S3 already become the datasets of a project; a label gets another name and one goes; a model is tested on them.
import assert from "node:assert/strict";

import { ask, home, visit } from "./visitor.mjs";

const { ADDRESS, TRAINING, TESTING, MISPLACED } = process.env;
const [training, testing] = [Number(TRAINING), Number(TESTING)]; // pictures of each label

await visit("stored", async (visitor) => {
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await visitor.signIn();
  await page.getByRole("button", { name: "Create project" }).click();
  await dialog.getByLabel("Name").fill("belt");
  await dialog.getByLabel("Name").press("Enter");
  await page.getByText("Drag a folder or pictures here").waitFor();

  // What is no folder of pictures is said in the dialog.
  await page.getByRole("button", { name: "Create", exact: true }).first().click();
  const address = dialog.getByLabel("Address of the folder");
  const create = dialog.getByRole("button", { name: "Create", exact: true });
  await address.fill("belt/");
  await create.click();
  await dialog.getByText("Give the address of the folder, as s3://bucket/folder/.").waitFor();
  await address.fill(`${ADDRESS}/nothing`);
  await create.click();
  await dialog.getByText("There is no JPEG or PNG picture below this address.").waitFor();
  await address.fill("s3://no-such-bucket/belt");
  await create.click();
  await dialog.getByText("Create the bucket first, or choose another one.").waitFor();
  await visitor.look("from-s3");
  await address.fill(ADDRESS);
  await create.click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByText(`${3 * (training + testing)} pictures added`).waitFor();
  for (const n of [training, testing]) await page.getByText(`missing-tooth ${n}`, { exact: true }).waitFor();
  await visitor.look("project");

  // A label's name and its end are for both datasets.
  await page.getByRole("button", { name: "Open", exact: true }).first().click();
  await page.getByRole("option").first().locator("img").waitFor();
  const relabel = async (label) => {
    await page.getByRole("button", { name: "Actions", exact: true }).click();
    await page.getByRole("menuitem", { name: "Rename or remove a label" }).click();
    await dialog.getByRole("button", { name: /^Label/ }).click();
    await page.getByRole("option", { name: `${label} ${training} pictures` }).click();
  };
  await relabel("rust");
  await dialog.getByLabel("New name").fill("good");
  await dialog.getByText("There is a label good already: the two become one.").waitFor();
  await dialog.getByLabel("New name").fill("rusty");
  await visitor.look("rename");
  await dialog.getByRole("button", { name: "Rename", exact: true }).click();
  await page.getByText(`rust is rusty now, on ${training + testing - 1} pictures`).waitFor();
  await relabel("missing-tooth");
  await dialog.getByText("Remove it", { exact: true }).click();
  await visitor.look("remove");
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText(`missing-tooth was removed from ${training + testing} pictures`).waitFor();
  await page.getByRole("button", { name: `Label ${training} unlabelled` }).waitFor();
  await visitor.look("relabelled");

  // Every test picture is shown with what was answered; the one that lies in a wrong folder is mistaken.
  await ask("train");
  await page.goto(`${home}projects/belt/versions/v1`);
  await page.getByRole("heading", { name: `View test results (${2 * testing})` }).waitFor();
  await page.getByRole("button", { name: "View test results" }).click();
  await page.getByRole("button", { name: `All right (${2 * testing - 1})` }).waitFor();
  const shown = page.getByRole("listitem").filter({ hasText: /^(Right|Mistaken)/ });
  assert.equal(await shown.count(), 2 * testing);
  await shown.last().scrollIntoViewIfNeeded();
  await visitor.look("results");
  await page.getByRole("button", { name: "With mistakes (1)" }).click();
  assert.equal(await shown.count(), 1);
  assert.match(await shown.textContent(), /^MistakenTrue: goodAnswered: rusty/);
  await shown.getByRole("button", { name: `Enlarge ${MISPLACED}` }).click();
  await page.getByRole("dialog", { name: MISPLACED }).getByText("Mistaken").waitFor();
  const drawn = (i) => (getComputedStyle(i).objectFit === "contain" ? 1 : (i.width * i.naturalHeight) / (i.height * i.naturalWidth));
  const stretched = await page.getByRole("img", { name: MISPLACED }).evaluate(drawn);
  assert.ok(Math.abs(stretched - 1) < 0.01, `the picture is drawn ${stretched} times as wide as it is`);
  await visitor.look("mistake");
});
