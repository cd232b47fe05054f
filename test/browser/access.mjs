// The key's rights are taken away, and then the key itself, while somebody works with it; another one expires.
import { readFileSync } from "node:fs";

import { ask, home, visit } from "./visitor.mjs";

const { CREDENTIALS, OTHER_KEY_ID, OTHER_SECRET } = process.env;

await visit("access", async (visitor) => {
  const { page } = visitor;
  await visitor.signIn();
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("bolts");
  await page.getByRole("dialog").getByLabel("Name").press("Enter");
  await page.getByRole("heading", { level: 1, name: "bolts" }).waitFor();
  await visitor.look("project");

  await ask("take rights away");
  await page.goto(`${home}projects`);
  await page.getByText("access denied").waitFor();
  await page.getByText("An administrator can allow it").waitFor();
  await visitor.look("denied");

  await page.goto(`${home}projects/bolts`);
  await page.getByText("access denied").waitFor();
  await ask("delete the key");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Sign in with an access key" }).waitFor();
  await page.getByText("Signed out").waitFor();
  await visitor.look("over");

  // Signed in again, with another key, one is where one was.
  await visitor.signIn({ id: OTHER_KEY_ID, secret: OTHER_SECRET });
  await page.getByRole("heading", { level: 1, name: "bolts" }).waitFor();

  await visitor.enter();
  await ask("make a key for seconds");
  const [, id, secret] = readFileSync(CREDENTIALS, "utf8").match(/\[brief\]\s+aws_access_key_id\s*=\s*(\S+)\s+aws_secret_access_key\s*=\s*(\S+)/);
  await visitor.signIn({ id, secret });
  const at = visitor.page;
  const over = at.getByText(/expired/i).first();
  for (await over.or(at.getByRole("heading", { level: 1, name: "Projects" })).first().waitFor(); !(await over.isVisible()); ) {
    await at.goto(`${home}projects/bolts`);
    await over.or(at.getByRole("heading", { level: 1, name: "bolts" })).first().waitFor();
  }
  await visitor.look("expired");
});
