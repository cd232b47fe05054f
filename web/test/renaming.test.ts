import assert from "node:assert/strict";
import { test } from "node:test";
import { labelled, parse, withBoxes } from "../src/datasets/entry";
import { renamed } from "../src/datasets/renaming";

const at = { bucket: "b", key: "1.jpg" };

// said is what is on a picture after a label of it was given another name, or taken away.
function said(line: string, from: string, to?: string) {
  const next = renamed(parse(line), from, to);
  if (next === undefined) return undefined;
  const { ref, labels, boxes, located } = parse(next);
  assert.deepEqual(ref, at);
  return { labels, boxes: boxes.map((b) => b.label), located };
}

test("a label of a whole picture", () => {
  const line = labelled(at, ["cat", "dog"]);
  assert.deepEqual(said(line, "cat", "lynx"), { labels: ["dog", "lynx"], boxes: [], located: false });
  assert.deepEqual(said(line, "cat", "dog"), { labels: ["dog"], boxes: [], located: false }); // the two become one
  assert.deepEqual(said(line, "cat"), { labels: ["dog"], boxes: [], located: false });
  assert.equal(said(line, "ca", "lynx"), undefined);
});

test("the label of boxes, and of the whole picture beside them", () => {
  const box = (label: string, left: number) => ({ label, left, top: 2, width: 30, height: 40 });
  const line = withBoxes(parse(labelled(at, ["cat"])), { width: 640, height: 480 }, [box("cat", 1), box("dog", 100), box("cat", 200)]);
  assert.deepEqual(said(line, "cat", "lynx"), { labels: ["lynx"], boxes: ["lynx", "dog", "lynx"], located: true });
  assert.deepEqual(said(line, "cat"), { labels: [], boxes: ["dog"], located: true });
  assert.deepEqual(parse(renamed(parse(line), "dog", "cat")!).boxes[1], box("cat", 100));
});

test("what is not understood stays, and what the server has noted goes", () => {
  const source = { ...JSON.parse(labelled(at, ["cat"])) as object, own: 7, "cl-metadata": { is_labeled: true } };
  const next = JSON.parse(renamed(parse(JSON.stringify(source)), "cat", "lynx")!) as Record<string, unknown>;
  assert.equal(next.own, 7);
  assert.equal("cl-metadata" in next, false);
});
