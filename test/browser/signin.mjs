// Somebody comes for the first time: how quickly the page is there, signing in, reloading, signing out.
import assert from "node:assert/strict";

import { home, key, visit } from "./visitor.mjs";

const mostBytes = 1_000_000;
const mostTime = 1000; // ms

await visit("signin", async (visitor) => {
  const first = await quickest(visitor, () => visitor.page.getByRole("heading", { name: "Sign in with an access key" }).waitFor());
  console.log(JSON.stringify({ say: `the page to sign in: ${first.bytes} bytes, ${first.time} ms` }));
  await visitor.look("page");

  let { page } = visitor;
  await page.goto(home.replace("console/", ""));
  assert.equal(page.url(), home, "the address that the server prints leads to the console");
  await visitor.signIn({ id: key.id, secret: "none" });
  await page.getByText("The server does not know this key, or the secret is another one's.").first().waitFor();
  await visitor.signIn();
  await page.getByRole("heading", { name: "First model in five minutes" }).waitFor();
  assert.equal(await page.title(), "Projects - Ownsight");
  await visitor.look("projects");

  const after = await quickest(visitor, async () => {
    await visitor.signIn();
    await visitor.page.getByRole("heading", { name: "First model in five minutes" }).waitFor();
    await visitor.page.reload();
    await visitor.page.getByRole("heading", { name: "First model in five minutes" }).waitFor();
  });
  ({ page } = visitor);
  console.log(JSON.stringify({ say: `the first page after signing in: ${after.bytes} bytes, ${after.time} ms` }));

  await page.getByRole("link", { name: "Running models" }).click();
  await page.waitForURL("**/console/running");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await visitor.look("running");

  await page.getByRole("button", { name: "Appearance" }).click();
  await page.getByRole("menuitem", { name: "Dark" }).click();
  await page.waitForFunction(() => document.body.classList.contains("awsui-dark-mode"));
  await page.reload();
  await page.waitForFunction(() => document.body.classList.contains("awsui-dark-mode"));

  await page.getByRole("button", { name: "Account 111122223333" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in with an access key" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, "the key is forgotten");

  for (const [what, { bytes, time }] of [["to sign in", first], ["of projects", after]]) {
    assert(bytes < mostBytes, `the page ${what} is ${bytes} bytes`);
    assert(time < mostTime, `the page ${what} took ${time} ms`);
  }
});

// quickest opens the page anew until it is as quick as it should be, or many times: others may be busy on the machine.
async function quickest(visitor, there) {
  let best;
  for (let i = 0; i < 20 && !(best?.time < mostTime); i++) {
    await visitor.enter();
    await visitor.page.goto(home);
    await there();
    const now = await measured(visitor.page);
    if (!best || now.time < best.time) best = now;
  }
  return best;
}

// measured gives the bytes that came over the line for the page, compressed as they came, and the time until its largest part
// was drawn.
function measured(page) {
  return page.evaluate(async () => {
    const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const drawn = await new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true }));
    return { bytes: files.reduce((n, f) => n + f.encodedBodySize, 0), time: Math.round(drawn) };
  });
}
