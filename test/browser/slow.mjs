// Somebody far away, at 50 kB/s: the first page from nothing, the gallery, labelling, a report. Each says that it is coming, and comes.
import assert from "node:assert/strict";

import { home, visit } from "./visitor.mjs";

const line = { latency: 80, downloadThroughput: 50_000, uploadThroughput: 50_000 };

await visit("slow", async (visitor) => {
  const { page } = visitor;
  // comes waits for a page that is asked for: something must say that it is coming before it is there, and nothing may be amiss.
  const comes = async (what, ask, coming, there) => {
    const began = performance.now();
    await ask();
    await coming.first().waitFor();
    const told = performance.now();
    await visitor.picture(`${what}-coming`);
    await there();
    const took = performance.now();
    await visitor.picture(what);
    console.log(JSON.stringify({ say: `${what} at 50 kB/s: something to see after ${Math.round(told - began)} ms, usable after ${Math.round(took - began)} ms` }));
    assert.equal(await page.getByText(/could not be|cannot be shown|does not answer|Try again/).count(), 0, `${what}: nothing is amiss`);
  };
  const heading = (name) => page.getByRole("heading", { name }).first().waitFor();
  // A spinner has neither a role nor a text.
  const spinner = page.locator('[class*="awsui_circle-left"], [aria-busy="true"]');

  await visitor.throttle(line);
  await comes("sign-in", () => page.goto(home, { waitUntil: "commit" }), page.getByText("Loading the console"), () => heading("Sign in with an access key"));
  await comes("projects", () => visitor.signIn(), spinner, () => page.getByRole("link", { name: "belt" }).waitFor());
  await comes("project", () => page.getByRole("link", { name: "belt" }).click(), spinner, () => heading("Models"));
  await comes("gallery", () => page.getByRole("button", { name: "Open", exact: true }).click(), page.locator('.gallery-frame[aria-busy="true"], .gallery-frame [aria-busy="true"]'), async () => {
    await page.getByRole("option").first().locator("img").waitFor();
    await page.waitForFunction(() => !document.querySelector('.gallery-frame [aria-busy="true"]'));
  });
  await comes("labelling", () => page.getByRole("button", { name: "Label 12 unlabelled" }).click(), spinner, () => page.getByLabel(/^Picture 1 of 12/).waitFor());
  const began = performance.now();
  for (let i = 1; i <= 10; i++) {
    await page.getByLabel(new RegExp(`^Picture ${i} of 12`)).waitFor();
    await page.keyboard.press(i % 2 ? "1" : "2");
  }
  const labelled = performance.now();
  await page.getByText("All saved").first().waitFor();
  console.log(JSON.stringify({ say: `ten pictures labelled within ${Math.round(labelled - began)} ms, saved after ${Math.round(performance.now() - began)} ms` }));
  await visitor.picture("labelled");

  await page.getByRole("link", { name: "belt" }).click();
  await comes("report", () => page.getByRole("link", { name: "v1" }).click(), spinner, () => heading("How good it is"));
});
