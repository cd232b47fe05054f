// Twenty pictures are labelled by keys and ten boxes drawn by mouse; the server dies meanwhile, and then the key. A box is drawn on
// a picture that its camera has turned.
import assert from "node:assert/strict";

import { ask, home, visit } from "./visitor.mjs";

const { OTHER_KEY_ID, OTHER_SECRET } = process.env;

await visit("labelling", async (visitor) => {
  const { page } = visitor;
  const keys = async (from, to) => {
    for (let i = from; i <= to; i++) {
      await page.getByLabel(new RegExp(`^Picture ${i} of `)).waitFor();
      await page.keyboard.press(i % 2 ? "1" : "2");
    }
  };
  const saved = () => page.getByText("All saved").first().waitFor();

  await visitor.signIn();
  await page.getByRole("link", { name: "sorting" }).click();
  await page.getByRole("button", { name: "Label pictures" }).first().click();
  await page.getByRole("region", { name: "Labels" }).getByRole("button", { name: "good" }).waitFor();
  await keys(1, 10);
  await saved();
  await visitor.look("whole");

  await ask("kill");
  await keys(11, 16);
  await page.getByText(/The server does not answer: \d+ kept here/).first().waitFor();
  await visitor.picture("server-gone");
  await ask("start");
  await saved();

  await ask("delete the key");
  await keys(17, 20);
  await page.getByRole("heading", { name: "Sign in with an access key" }).waitFor();
  await page.getByText(/not saved yet (is|are) kept in this browser/).waitFor();
  await visitor.signIn({ id: OTHER_KEY_ID, secret: OTHER_SECRET });
  await saved();

  await page.goto(`${home}projects/finding/datasets/train/label?only=unlabelled`);
  for (let i = 1; i <= 10; i++) {
    const picture = page.getByLabel(new RegExp(`^Picture ${i} of .*, 0 boxes`));
    const { x, y, width, height } = await picture.boundingBox();
    await page.mouse.move(x + width * 0.4, y + height * 0.4);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height * 0.6, { steps: 4 });
    await page.mouse.up();
    await page.getByLabel(new RegExp(`^Picture ${i} of .*, 1 boxes`)).waitFor();
    if (i === 5) await visitor.look("boxes");
    await page.keyboard.press("s");
  }
  await saved();
  await page.reload();
  await page.getByText(/There are no pictures here|All 10 pictures are labelled/).first().waitFor();

  await upright(visitor);

  await page.goto(`${home}projects/sorting/datasets/train/label`);
  await page.getByRole("radio", { name: "Many at once" }).or(page.getByRole("button", { name: "Many at once" })).first().click();
  await page.getByText("None chosen: a key labels the framed one").waitFor();
  await visitor.look("many");
  assert.equal(await page.getByText("could not be saved").count(), 0);
});

// upright draws a box around the red mark on a picture that its camera has turned: the first box of a project, whose label has to
// be named.
async function upright(visitor) {
  const { page } = visitor;
  await page.goto(`${home}projects/turned/datasets/train/label`);
  await page.getByRole("radio", { name: "Boxes" }).or(page.getByRole("button", { name: "Boxes" })).first().click();
  const picture = page.getByLabel(/^Picture 1 of 1, 0 boxes/);
  const { x, y, width, height } = await picture.boundingBox();
  assert(height > width, "the picture stands");
  const mark = await picture.evaluate(redOn);
  await page.mouse.move(x + width * mark.left, y + height * mark.top);
  await page.mouse.down();
  await page.mouse.move(x + width * mark.right, y + height * mark.bottom, { steps: 4 });
  await page.mouse.up();
  await page.getByLabel("Name of the label").fill("mark");
  await page.getByLabel("Name of the label").press("Enter");
  await page.getByLabel(/^Picture 1 of 1, 1 boxes/).waitFor();
  await page.getByText("All saved").first().waitFor();
  await visitor.look("upright");
  await page.goto(`${home}projects/turned/datasets/train`);
  await page.getByRole("option", { name: /turned\.jpg/ }).locator("img").waitFor();
  await visitor.picture("upright-gallery");
}

// redOn finds what is red on a canvas, as shares of its sides.
function redOn(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const xs = [], ys = [];
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i] > 180 && data[4 * i + 1] < 90) xs.push(i % width), ys.push(Math.floor(i / width));
  }
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs) + 1, Math.min(...ys), Math.max(...ys) + 1];
  return { left: left / width, right: right / width, top: top / height, bottom: bottom / height };
}
