// A visitor is somebody at a browser: real Chromium, the real console, and a look at every page that is come by.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const { OWNSIGHT_CHROMIUM, OWNSIGHT_ENDPOINT, OWNSIGHT_SCREENSHOTS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;

export const home = `${OWNSIGHT_ENDPOINT}/console/`;
export const key = { id: AWS_ACCESS_KEY_ID, secret: AWS_SECRET_ACCESS_KEY };

// What takes longer than this never happens: the machine may be busy with other tests.
const patience = 240_000;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

// visit opens a browser for a story and closes it. What the pages complained of fails the story at its end.
export async function visit(chapter, story) {
  const browser = await chromium.launch({ executablePath: OWNSIGHT_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const visitor = new Visitor(chapter, browser);
  try {
    await visitor.enter();
    await story(visitor);
  } catch (thrown) {
    await visitor.picture("failed").catch(() => {});
    visitor.found(`on ${visitor.page?.url()}: ${thrown.stack}`);
  } finally {
    await browser.close();
  }
  for (const finding of visitor.findings) console.error(finding);
  process.exit(visitor.findings.size > 0 ? 1 : 0);
}

class Visitor {
  findings = new Set();
  known = new Set(); // what axe has found on an earlier page already

  constructor(chapter, browser) {
    this.chapter = chapter;
    this.browser = browser;
  }

  found(what) {
    this.findings.add(what);
  }

  // enter opens a new tab that knows nothing of those before.
  async enter() {
    await this.page?.context().close();
    const context = await this.browser.newContext({ viewport: desk, reducedMotion: "reduce", locale: "en-US", acceptDownloads: true });
    this.page = await context.newPage();
    this.line = await context.newCDPSession(this.page);
    this.page.setDefaultTimeout(patience);
    this.page.on("pageerror", (e) => this.found(`a program error: ${e.message}`));
    this.page.on("console", (m) => {
      // that a request failed is said to the user, or it should be
      if (m.type() === "error" && !m.text().startsWith("Failed to load resource")) this.found(`in the browser's log: ${m.text()}`);
    });
  }

  async signIn(with_ = key) {
    const { page } = this;
    if (!page.url().startsWith(home)) await page.goto(home);
    await page.getByLabel("Access key ID").fill(with_.id);
    await page.getByLabel("Secret access key").fill(with_.secret);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  async picture(name, state = "") {
    if (!OWNSIGHT_SCREENSHOTS) return;
    mkdirSync(OWNSIGHT_SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(OWNSIGHT_SCREENSHOTS, `${this.chapter}-${name}${state}.png`), animations: "disabled" });
  }

  // look takes a page in, by day and by night, at a desk and on a phone: it must be accessible, and fit.
  async look(name) {
    const { page } = this;
    for (const [where, viewport] of [["desk", desk], ["phone", phone]]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await drawn(page);
        await this.picture(name, `-${where}-${colorScheme}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 0) this.found(`${name}, ${where}: the page is ${over} pixels wider than the window`);
        // Both schemes and both widths are checked so; all four pairs would take twice as long.
        if ((where === "desk") === (colorScheme === "light")) await this.audit(`${name}, ${where}, ${colorScheme}`);
      }
    }
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize(desk);
    await drawn(page);
  }

  // audit has axe look for what hinders people.
  async audit(where) {
    const { page } = this;
    await page.evaluate(`window.axe ?? (() => { ${axe} })()`);
    const violations = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations);
    for (const { id, impact, help, nodes } of violations.filter((v) => ["serious", "critical"].includes(v.impact))) {
      const { html, any } = nodes[0];
      const bare = html.replace(/ (id|class|style|data-[^=]*|aria-labelledby)="[^"]*"/g, "").slice(0, 200);
      if (this.known.has(id + bare)) continue;
      this.known.add(id + bare);
      this.found(`${where}: ${id} (${impact}), ${nodes.length} of them: ${help}: ${bare} ${any.map((a) => a.message).join(" ").slice(0, 200)}`);
    }
  }

  // throttle makes the network slow; nothing given makes it as it was.
  async throttle(line) {
    await this.line.send("Network.enable");
    await this.line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1, ...line });
  }

  // drag brings files from outside of the browser over something on the page, by the mouse; the returned function lets them go.
  async drag(over, ...files) {
    await over.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await over.boundingBox();
    const by = (type) => this.line.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data: { items: [], files, dragOperationsMask: 1 } });
    await by("dragEnter");
    await by("dragOver");
    return () => by("drop");
  }
}

// drawn waits until the browser has drawn what it knows.
function drawn(page) {
  return page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}

// ask has the test do what a visitor cannot, such as to kill the server, and waits until it is done.
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export async function ask(what) {
  console.log(JSON.stringify({ ask: what }));
  const { value } = await answers.next();
  assert.equal(value, "done", what);
}
