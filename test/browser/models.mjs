// A model goes to another account, which starts it and asks it; several models run, and are stopped.
import assert from "node:assert/strict";

import { ask, home, visit } from "./visitor.mjs";

const { PICTURE, LABEL, SECOND_KEY_ID, SECOND_SECRET, BLIND_KEY_ID, BLIND_SECRET, FAR } = process.env;
const second = "444455556666";

await visit("models", async (visitor) => {
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  const act = async (action) => {
    await page.getByRole("button", { name: "Actions", exact: true }).click();
    await page.getByRole("menuitem", { name: action }).click();
    await dialog.waitFor();
  };

  const leave = async (account) => {
    await page.getByRole("button", { name: `Account ${account}` }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
  };

  // The account that has the model allows the copy.
  await visitor.signIn();
  await page.getByRole("link", { name: "gears" }).click();
  await page.getByRole("link", { name: "v1", exact: true }).click();
  await page.waitForURL("**/versions/v1");
  await act("Copy or share");
  await dialog.getByText("Another account", { exact: true }).click();
  await dialog.getByLabel("Account", { exact: true }).fill("4444");
  await dialog.getByLabel("Account", { exact: true }).press("Enter");
  await dialog.getByText("An account has twelve digits.").waitFor();
  await dialog.getByLabel("Account", { exact: true }).fill(second);
  await visitor.picture("share");
  await dialog.getByRole("button", { name: "Allow" }).click();
  await dialog.getByText(`Account ${second} may copy this version`).waitFor();
  const project = await dialog.getByText(/^arn:aws:rekognition:us-east-1:111122223333:project\/gears\/\d+$/).textContent();
  const version = await dialog.getByText(/^arn:aws:rekognition:us-east-1:111122223333:project\/gears\/version\/v1\/\d+$/).textContent();
  await visitor.look("shared");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await leave("111122223333");

  // The other account copies it. The server does not get to work on copies at first.
  await visitor.signIn({ id: SECOND_KEY_ID, secret: SECOND_SECRET });
  await page.getByRole("button", { name: "Create project" }).click();
  await dialog.getByLabel("Name").fill("line-7");
  await dialog.getByLabel("Name").press("Enter");
  await page.getByRole("heading", { level: 1, name: "line-7" }).waitFor();
  await act("Copy a model into this project");
  await dialog.getByLabel("ARN of the source project").fill(project);
  await dialog.getByLabel("ARN of the source version").fill(version);
  await dialog.getByLabel("Name of the new version").fill("gears-v1");
  await visitor.look("bring");
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("Copying gears-v1 into line-7", { exact: true }).waitFor();
  await page.getByRole("table", { name: "Models" }).getByText("Copying").waitFor();
  await visitor.picture("destination");
  // Another copy loses the bucket that it was to be kept in.
  await act("Copy a model into this project");
  await dialog.getByLabel("ARN of the source project").fill(project);
  await dialog.getByLabel("ARN of the source version").fill(version);
  await dialog.getByLabel("Name of the new version").fill("lost");
  await dialog.getByRole("button", { name: /^Another region/ }).click();
  await dialog.getByLabel("Bucket").fill("line-7-lost");
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("Copying lost into line-7", { exact: true }).waitFor();
  await ask("the bucket goes");
  await page.getByRole("button", { name: "Open the copy" }).last().click();
  await page.waitForURL("**/line-7/versions/gears-v1");
  await page.getByText("Waiting for its turn", { exact: true }).waitFor();
  await visitor.look("copying");
  await ask("copies go on");
  await page.getByText("gears-v1 was copied into line-7", { exact: true }).waitFor();
  await page.getByText(/^It was there at .*\d.*, within .*\d+\u00a0s\. It can be started\.$/).waitFor();
  await page.getByText("Copying lost into line-7 failed", { exact: true }).waitFor();
  await page.getByText(/^Unable to write to output S3 bucket\. The bucket line-7-lost must be there, .*, then delete this version, .* and copy again\. It ended at /).waitFor();
  await visitor.look("followed");
  await page.getByText("Copied", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "How good it is" }).waitFor();
  await visitor.picture("copied");

  await page.getByRole("tab", { name: "Try it" }).click();
  await page.getByRole("button", { name: "Start the model" }).click();
  await (await visitor.drag(page.getByText("Drop pictures here"), PICTURE))();
  await page.getByText(/Answered in \d+ ms/).waitFor();
  assert.match(await page.getByRole("listitem").filter({ hasText: "%" }).first().textContent(), new RegExp(`^${LABEL}`));
  await page.goto(`${home}running`);
  await page.getByRole("link", { name: "line-7 / gears-v1" }).waitFor();
  await page.getByText("1 model, 1 unit").waitFor();
  await leave(second);

  // What has happened there is no business of another account. At home three models run. Two are stopped at once where all are seen, and one of them starts again; what belongs to one model
  // cannot be done with several.
  await visitor.signIn();
  await page.getByRole("link", { name: "Running models" }).click();
  await page.getByText("3 models, 3 units").waitFor();
  assert.equal(await page.getByText("line-7").count(), 0);
  await visitor.look("running");
  const choose = (name) => page.getByRole("checkbox", { name: `gears/${name}` }).check({ force: true });
  const does = async (...enabled) => {
    for (const name of ["Start", "Change units", "Stop"]) await page.getByRole("main").getByRole("button", { name, exact: true, disabled: !enabled.includes(name) }).waitFor();
  };
  await does();
  await choose("v1");
  await does("Change units", "Stop");
  await choose("v2");
  await does("Stop");
  await visitor.look("chosen");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await dialog.getByText("Stop v1, v2?").waitFor();
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByText("1 model, 1 unit").waitFor();
  await page.getByText("Stopped", { exact: true }).nth(1).waitFor();
  await does();
  await page.getByRole("checkbox", { name: "gears/v1" }).uncheck({ force: true });
  await does("Start");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await dialog.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByText("2 models, 2 units").waitFor();
  await page.getByRole("button", { name: "Change units", exact: true }).click();
  await dialog.getByLabel("Inference units").fill("2");
  await dialog.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByText("2 models, 3 units").waitFor();
  await visitor.picture("units");

  // Two at once are stopped where they are listed, too.
  await page.goto(`${home}projects/gears`);
  const models = page.getByRole("table", { name: "Models" });
  for (const name of ["v2", "v3"]) await models.getByRole("checkbox", { name, exact: true }).check({ force: true });
  await act("Stop");
  await dialog.getByText("Stop v3, v2?").or(dialog.getByText("Stop v2, v3?")).first().waitFor();
  await visitor.picture("stop");
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await models.getByText("Stopped", { exact: true }).nth(2).waitFor();
  await page.goto(`${home}running`);
  await page.getByText("0 models, 0 units").waitFor();

  // A copy into another region is followed there, from where it was asked for.
  await page.goto(`${home}projects/gears/versions/v1`);
  await act("Copy or share");
  await dialog.getByRole("button", { name: /^Another region/ }).click();
  await dialog.getByLabel("ARN of the destination project").fill(FAR.replace("111122223333", second));
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await dialog.getByText(`That project belongs to account ${second}, which has to ask for the copy itself.`).waitFor();
  await dialog.getByLabel("ARN of the destination project").fill(FAR);
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("v1 was copied into far", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Open it in eu-west-1" }).click();
  await page.waitForURL("**/projects/far/versions/v1");
  await page.getByRole("heading", { name: "How good it is" }).waitFor();
  await page.getByRole("button", { name: "Region eu-west-1" }).waitFor();

  // Who may copy but not look at the destination is told so.
  await leave("111122223333");
  await visitor.signIn({ id: BLIND_KEY_ID, secret: BLIND_SECRET });
  await page.getByRole("link", { name: "gears" }).click();
  await page.getByRole("link", { name: "v1", exact: true }).click();
  await page.waitForURL("**/gears/versions/v1");
  await act("Copy or share");
  await dialog.getByRole("button", { name: /^Destination project/ }).click();
  await page.getByRole("option", { name: "spare" }).click();
  await dialog.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("v1 is being copied into spare", { exact: true }).waitFor();
  await page.getByText(/this key may not see: that needs the right rekognition:DescribeProjectVersions on arn:aws:rekognition:us-east-1:111122223333:project\/spare\//).waitFor();
  await visitor.picture("unseen");
});
