import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, unlabelled, withBoxes, withLabels } from "../src/datasets/entry";
import { corrected, Review, stands } from "../src/labelling/review";
import type { Report } from "../src/versions/report/data";

const stored = new Map<string, string>();
Object.assign(globalThis, { localStorage: { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value) } });

const bare = parse(unlabelled({ bucket: "b", key: "1.jpg" }));
const name = "s3://b/1.jpg";
const reviewOf = (task: Report["task"], wrongLabels: Report["wrongLabels"]) => new Review({ task, wrongLabels } as Report, "v1", "arn");
const doubt = (given: string, suggested: string) => ({ picture: { name }, given, suggested, confidence: 0.9 });

test("likely wrong labels of whole pictures", () => {
  for (const [labels, given, suggested, want] of [
    [["cat"], "cat", "dog", ["dog"]], [["cat", "dog"], "cat", "dog", ["dog"]], [["cat", "wet"], "wet", "", ["cat"]], [["cat"], "", "wet", ["cat", "wet"]],
  ] as const) {
    const review = reviewOf("multi-label", [doubt(given, suggested)]);
    const e = parse(withLabels(bare, [...labels]));
    const s = review.open(e)!;
    assert.ok(s);
    const after = parse(corrected(e, s));
    assert.deepEqual(after.labels, want);
    assert.equal(stands(after, s), false);
    assert.equal(review.open(after), undefined);
  }
});

const shares = (box: { left: number; top: number; width: number; height: number }) => ({ left: box.left / 100, top: box.top / 50, width: box.width / 100, height: box.height / 50 });

test("likely wrong boxes", () => {
  const size = { width: 100, height: 50 };
  const cat = { label: "cat", left: 10, top: 10, width: 20, height: 20 }, other = { label: "cat", left: 60, top: 10, width: 20, height: 20 }, seen = { left: 11, top: 10, width: 20, height: 20 };
  const found = { kind: "answer-wrong" as const, label: "dog", score: 0.9, ...shares(seen) };
  const e = parse(withBoxes(bare, size, [other, cat]));

  const mistaken = reviewOf("boxes", [{ ...doubt("cat", "dog"), boxes: [{ kind: "truth-missed", label: "cat", score: 0, ...shares(cat) }, { kind: "truth-found", label: "cat", score: 0, ...shares(other) }, found] }]);
  const relabelled = parse(corrected(e, mistaken.open(e)!));
  assert.deepEqual(relabelled.boxes, [other, { ...cat, label: "dog" }], "people's box stays, by another name");
  assert.equal(mistaken.open(relabelled), undefined);

  const forgotten = reviewOf("boxes", [{ ...doubt("", "dog"), boxes: [found] }]);
  const added = parse(corrected(e, forgotten.open(e)!));
  assert.deepEqual(added.boxes, [other, cat, { label: "dog", ...seen }]);
  assert.equal(forgotten.open(added), undefined);
  assert.equal(forgotten.open(bare), undefined, "of a picture without boxes, nothing can be said any more");
});

test("what is kept stays kept", () => {
  stored.clear();
  const list = [doubt("cat", "dog"), doubt("", "wet"), { ...doubt("", "dog"), picture: { name: "s3://b/2.jpg" } }];
  const e = parse(withLabels(bare, ["cat"]));
  const review = reviewOf("multi-label", list);
  assert.deepEqual(review.pictures, [name, "s3://b/2.jpg"]);
  review.keep(review.open(e)!);
  assert.equal(review.open(e)?.suggested, "wet");
  const later = reviewOf("multi-label", list);
  assert.equal(later.open(e)?.suggested, "wet");
  later.decideAgain(e);
  assert.equal(later.open(e)?.suggested, "dog");
});
