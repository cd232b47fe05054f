// Images: the first one is imported, copied to another region with progress, shared, exported, and deleted; another is made of it, and
// one more refused before it is asked for.
import assert from "node:assert/strict";
import { statSync } from "node:fs";

import { ask, visit } from "./visitor.mjs";

const { DISK } = process.env;
const other = "444455556666";

await visit("images", async (visitor) => {
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  const act = async (action) => {
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: action }).click();
    await dialog.waitFor();
  };

  await visitor.signIn();
  await page.getByRole("link", { name: "Images", exact: true }).click();
  await page.getByRole("heading", { name: "No images in us-east-1 yet" }).waitFor();
  await page.getByText("ownsight image register").waitFor();
  await visitor.look("none");

  await page.getByRole("button", { name: "Import image" }).click();
  await dialog.getByRole("combobox", { name: "Disk" }).fill(DISK);
  await dialog.getByLabel("Name", { exact: true }).fill("tools!");
  await dialog.getByText("Letters, digits, underscores").waitFor();
  await dialog.getByLabel("Name", { exact: true }).fill("tools");
  await dialog.getByLabel("Display name").fill("Build tools");
  await visitor.look("import");
  await dialog.getByLabel("Display name").press("Enter");
  await page.getByRole("progressbar", { name: "Importing tools" }).first().waitFor();
  await page.getByText("tools is available in us-east-1").waitFor();

  // The copy is followed from the region that it was begun in, through a restart of the server.
  await page.getByRole("radio", { name: "Choose tools" }).check({ force: true });
  await act("Copy");
  await dialog.getByRole("button", { name: "Destination region" }).click();
  await page.getByRole("option", { name: "eu-west-1" }).click();
  await visitor.look("copy");
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByRole("progressbar", { name: "Copying tools" }).waitFor();
  await page.getByText(/MiB of 18 MiB/).first().waitFor();
  await visitor.picture("copying");
  await ask("kill");
  await ask("start");
  await page.getByText("tools is available in eu-west-1").waitFor();
  await visitor.look("list");
  await page.getByRole("button", { name: "View image" }).first().click();
  await page.waitForURL("**/images/eu-west-1/*/tools");
  await page.getByRole("heading", { name: "Shared with" }).waitFor();

  await page.getByRole("button", { name: "Share", exact: true }).click();
  await dialog.getByLabel("Account", { exact: true }).fill(other);
  await dialog.getByRole("checkbox", { name: "Image builders" }).check({ force: true });
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("rowheader", { name: other }).waitFor();
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.getByRole("textbox", { name: "Key" }).fill("line");
  await page.getByRole("textbox", { name: "Value" }).fill("7");
  await page.getByRole("button", { name: "Save the tags" }).click();
  await page.getByRole("button", { name: "Remove the tag line" }).waitFor();
  await page.getByRole("button", { name: "Undo", disabled: true }).waitFor();
  await visitor.look("image");

  // What is shared cannot be deleted, and says why.
  await page.getByRole("button", { name: "Actions" }).click();
  assert.equal(await page.getByRole("menuitem", { name: "Delete" }).getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Escape");

  // The export is followed until its file is there, and where that is. A disk of this size is written in no time: the line is slow where
  // that would not be seen.
  let go = () => {};
  const held = new Promise((done) => (go = done));
  const asked = new Set();
  await page.route((url) => url.pathname === "/", async (route) => {
    const operation = route.request().headers()["x-amz-target"]?.split(".")[1];
    if (operation === "GetExportImageTask" && asked.has(operation)) await held;
    asked.add(operation);
    if (operation !== "DescribeDisks") return route.continue();
    for (;;) {
      const response = await route.fetch();
      const { Exports } = await response.json();
      if (Exports[0]?.Message === "Exporting: waiting to begin") continue;
      if (Exports.length === 0) await held;
      return route.fulfill({ response });
    }
  });
  await act("Export");
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  await page.getByText("Exporting tools", { exact: true }).waitFor();
  await page.getByText("It goes on when this page is closed.").waitFor();
  await page.getByRole("progressbar", { name: "Exporting tools" }).first().waitFor();
  await page.getByText(/ of 18 MiB/).first().waitFor();
  await page.getByRole("table", { name: "Exports" }).getByRole("progressbar", { name: "Exporting tools" }).waitFor();
  await visitor.look("exporting");
  go();
  await page.getByText("tools was exported", { exact: true }).waitFor();
  const [, disk] = (await page.getByText("Its disk is s3://").textContent()).match(/^Its disk is s3:\/\/ownsight-exports-111122223333-eu-west-1\/[0-9a-f-]{36}\/tools\.raw, with the number (ami-[0-9a-f]+)\.$/);
  await visitor.look("exported");
  await page.getByRole("button", { name: "View exports" }).click();
  await page.getByRole("cell", { name: disk }).waitFor();
  await page.getByRole("button", { name: "Download tools" }).waitFor();
  await visitor.look("exports");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download tools" }).click()]);
  assert.equal(download.suggestedFilename(), "tools.raw");
  assert.equal(statSync(await download.path()).size, 18 << 20);

  await page.goBack();
  await page.getByRole("button", { name: `Stop sharing with ${other}` }).click();
  await page.getByText("No other account may use it.").waitFor();
  await act("Delete");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("tools was deleted from eu-west-1").waitFor();
  await page.getByRole("heading", { name: "No images in eu-west-1 yet" }).waitFor();

  // Whether an image can be updated is said before it is done.
  await page.getByRole("main").getByRole("button", { name: /^Region/ }).click();
  await page.getByRole("option", { name: "us-east-1" }).click();
  await page.waitForURL("**/images/us-east-1");
  await page.getByRole("radio", { name: "Choose tools" }).check({ force: true });
  await act("Create updated image");
  const name = dialog.getByLabel("Name of the new image");
  const create = (disabled) => dialog.getByRole("button", { name: "Create", exact: true, disabled });
  assert.equal(await name.inputValue(), "tools-updated");
  await name.fill("tools 2");
  await dialog.getByText("Letters, digits, underscores").waitFor();
  await create(true).waitFor();
  await name.fill("tools");
  await dialog.getByText("There is an image of this name.").waitFor();
  await create(true).waitFor();
  await name.fill("tools-2");
  await dialog.getByText("tools can be updated", { exact: true }).waitFor();
  assert.equal(await dialog.getByLabel("Display name").inputValue(), "Build tools");
  await dialog.getByLabel("Description").fill("for the summer");
  await visitor.look("update");
  await create(false).click();
  await page.getByText("tools-2 is available in us-east-1").waitFor();
  await page.getByRole("row", { name: "tools-2" }).getByText("Available").waitFor();
  await visitor.picture("updated");

  await page.getByRole("radio", { name: "Choose tools-2" }).check({ force: true });
  await act("Create updated image");
  await dialog.getByText("tools-2 cannot be updated", { exact: true }).waitFor();
  await dialog.getByText("have the operator raise the limit").waitFor();
  await create(true).waitFor();
  await visitor.look("update-refused");
});
