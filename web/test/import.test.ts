import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dropped } from "../src/datasets/import/dropped";
import { type Plan, planOf } from "../src/datasets/import/plan";
import { Problems } from "../src/datasets/import/problem";
import { BoxCount, bounds } from "../src/datasets/import/said";
import { folderAt, stored } from "../src/datasets/import/stored";
import { namesOfYAML } from "../src/datasets/import/yolo";
import { Parser } from "./xml";

Object.assign(globalThis, { DOMParser: Parser });

// dropped is a folder of text files; pictures are never looked into here.
const dropped = (files: Record<string, unknown>): Dropped[] =>
  Object.entries(files).map(([path, content]) => ({ path, file: new File([typeof content === "string" ? content : JSON.stringify(content)], path.split("/").pop()!) }));

const plan = (files: Record<string, unknown>) => planOf(dropped(files));

// told gives what is said to be wrong, as people read it.
const told = (p: Plan) => p.problems.list.map((q) => `${q.file}${q.line ? `:${q.line}` : ""}: ${q.text}`);

const boxesOf = (p: Plan, path: string) => p.pictures.find((q) => q.picture?.path === path)?.boxes;

const picture = { "set/images/1.jpg": "", "set/images/2.jpg": "" };

// coco has one good box on 1.jpg and what is given besides.
const coco = (annotations: unknown[] = [], images: unknown[] = []) => ({
  images: [{ id: 1, file_name: "1.jpg", width: 640, height: 480 }, ...images],
  categories: [{ id: 7, name: " cat " }],
  annotations: [{ image_id: 1, category_id: 7, bbox: [1, 2, 3, 4] }, ...annotations],
});

test("COCO", async () => {
  const p = await plan({ ...picture, "set/annotations/instances_train.json": coco() });
  assert.equal(p.layout, "coco");
  assert.deepEqual(told(p), []);
  assert.deepEqual(boxesOf(p, "set/images/1.jpg"), [{ label: "cat", left: 1, top: 2, width: 3, height: 4 }]);
  assert.equal(boxesOf(p, "set/images/2.jpg"), undefined); // of which nothing is said
});

test("COCO with wrong types and missing members", async () => {
  const bad = [
    null, 5, "x", {}, { image_id: 1, category_id: 7 }, { image_id: 1, category_id: 7, bbox: "1234" }, { image_id: 1, category_id: 7, bbox: [1, 2, 3] }, { image_id: 1, category_id: 7, bbox: [1, 2, "3", 4] },
    { image_id: 1, category_id: 7, bbox: [1, 2, null, 4] }, { image_id: 1, category_id: 8, bbox: [1, 2, 3, 4] }, { image_id: 1, category_id: { toString: 7 }, bbox: [1, 2, 3, 4] }, { image_id: { toString: 7 }, category_id: [7], bbox: [1, 2, 3, 4] }, { image_id: 1, category_id: 7, bbox: [1, 2, 1e300, 4] },
  ];
  const p = await plan({ ...picture, "set/a.json": coco(bad, [null, 7, {}, { id: { toString: 7 }, file_name: "1.jpg" }, { id: 3, file_name: 4 }]) });
  assert.equal(boxesOf(p, "set/images/1.jpg")!.length, 1);
  assert.equal(told(p).filter((t) => /^set\/a\.json: element \d+ of annotations has (no bbox of four numbers|a category that is not there)$/.test(t)).length, bad.length);
  assert.equal(told(p).filter((t) => /^set\/a\.json: element \d+ of images has no id or no file_name$/.test(t)).length, 5);
});

test("COCO whose lists are none, or that is no JSON", async () => {
  for (const file of ['{"images": [], "annotations": 5, "categories": {"a": 1}}', '{"images": [ {"id": 1,', '{"categories": [], "images": "many"}']) {
    const p = await plan({ ...picture, "set/a.json": file });
    assert.equal(p.pictures.length, 2);
    assert.ok(told(p).every((t) => t.startsWith("set/a.json: it is no JSON of COCO")), told(p).join());
  }
});

test("COCO does not reach outside of what was dropped", async () => {
  const names = ["../../etc/passwd.jpg", "..\\..\\1.jpg", "images/../../1.jpg", "", "nowhere.jpg", "x".repeat(1e6)];
  const p = await plan({ ...picture, "set/a.json": coco([], names.map((file_name, i) => ({ id: 10 + i, file_name }))) });
  assert.equal(told(p).length, names.length);
  assert.ok(told(p).every((t) => /^set\/a\.json: the picture .* was not dropped$/s.test(t) && t.length < 300));
  assert.equal(p.pictures.length, 2);
});

test("files that are too large are not read", async () => {
  const files = dropped({ ...picture, "set/a.json": coco(), "v/Annotations/1.xml": "" });
  const huge = (size: number, beginning: string) => ({ size, slice: () => new Blob([beginning]), text: () => assert.fail("it was read") }) as unknown as File;
  for (const [path, size, beginning, text] of [
    ["set/a.json", bounds.table + 1, '{"images": [', "it is no JSON of COCO: it has 209,715,201 bytes, and at most 209,715,200 are read"],
    ["v/Annotations/1.xml", bounds.annotation + 1, "", "it has 1,048,577 bytes, and at most 1,048,576 are read"],
  ] as const) {
    const p = await planOf(files.filter((d) => d.path === path || path === "set/a.json" && d.path.endsWith(".jpg")).map((d) => (d.path === path ? { path, file: huge(size, beginning) } : d)));
    assert.deepEqual(told(p), [`${path}: ${text}`]);
  }
  const manifest = await planOf([{ path: "a.manifest", file: huge(bounds.table + 1, '{"source-ref": "s3://b/1.jpg"}\n') }]);
  assert.deepEqual(told(manifest), ["a.manifest: it has 209,715,201 bytes, and at most 209,715,200 are read"]);
  const names = { path: "y/classes.txt", file: huge(bounds.annotation + 1, "") };
  await assert.rejects(planOf([...dropped({ "y/images/1.jpg": "", "y/labels/1.txt": "0 0 0 1 1" }), names]), /^Error: y\/classes\.txt: it has 1,048,577 bytes/);
});

test("counts without end", () => {
  const count = new BoxCount();
  count.add(bounds.boxes);
  assert.throws(() => count.add(1), /more than 2,000,000 boxes. Drop a smaller folder/);
  const problems = new Problems();
  for (let i = 0; i < 100_000; i++) problems.tell({ file: "a", text: "b" });
  assert.equal(problems.list.length, 500);
  assert.equal(problems.untold, 99_500);
});

const voc = (inner: string) => `<?xml version="1.0"?><annotation><filename>1.jpg</filename>${inner}</annotation>`;
const box = (name: string, a: unknown, b: unknown, c: unknown, d: unknown) => `<object><name>${name}</name><bndbox><xmin>${a}</xmin><ymin>${b}</ymin><xmax>${c}</xmax><ymax>${d}</ymax></bndbox></object>`;
const pascal = { "v/JPEGImages/1.jpg": "", "v/JPEGImages/2.jpg": "" };

test("Pascal VOC", async () => {
  const p = await plan({ ...pascal, "v/Annotations/1.xml": voc(`<size><width>640</width><height>480</height></size>${box("cat", 1, 1, 10, 20)}`), "v/ImageSets/Main/test.txt": "1\n" });
  assert.equal(p.layout, "voc");
  assert.deepEqual(told(p), []);
  const one = p.pictures.find((q) => q.picture!.path.endsWith("1.jpg"))!;
  assert.deepEqual([one.boxes, one.drawnOn, one.split], [[{ label: "cat", left: 0, top: 0, width: 10, height: 20 }], { width: 640, height: 480 }, "test"]);
});

test("Pascal VOC with wrong types and missing members", async () => {
  const bad = [box("cat", 1, 1, "far", 20), box("", 1, 1, 2, 2), box("x".repeat(256), 1, 1, 2, 2), "<object><name>cat</name></object>", "<object/>", box("cat", 1, 1, 1e10, 2), box("cat", 1, "", 2, 2)];
  const p = await plan({ ...pascal, "v/Annotations/1.xml": voc(bad.join("") + box("cat", 1, 1, 2, 2)) });
  assert.equal(boxesOf(p, "v/JPEGImages/1.jpg")!.length, 1);
  assert.deepEqual(told(p), bad.map((_, i) => `v/Annotations/1.xml: object ${i + 1} has no name, or no bndbox with xmin, ymin, xmax and ymax`));
});

test("XML that is none, or that means mischief", async () => {
  for (const [xml, text] of [
    ['<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>', "it defines entities, which are not read"],
    ["<annotation><object>", "it is no annotation of Pascal VOC"], ["<html></html>", "it is no annotation of Pascal VOC"], ["", "it is no annotation of Pascal VOC"],
    ["<annotation><filename>../../1.jpg</filename></annotation>", 'its picture "../../1.jpg" was not dropped'],
  ] as const) {
    const p = await plan({ "v/JPEGImages/2.jpg": "", "v/Annotations/1.xml": xml });
    assert.deepEqual(told(p), [`v/Annotations/1.xml: ${text}`]);
  }
});

const yolo = (lines: string) => ({ "y/classes.txt": "cat\ndog", "y/images/1.jpg": "", "y/labels/1.txt": lines });

test("YOLO", async () => {
  const p = await plan(yolo("1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.3 0.1 0.3 0.2\n"));
  assert.equal(p.layout, "yolo");
  assert.deepEqual(told(p), []);
  const [first, polygon] = boxesOf(p, "y/images/1.jpg")!;
  assert.deepEqual(first, { label: "dog", left: 0.4, top: 0.3, width: 0.2, height: 0.4 });
  assert.deepEqual([polygon!.label, polygon!.left, polygon!.top], ["cat", 0.1, 0.1]);
});

test("YOLO with wrong lines", async () => {
  const bad = ["2 0.5 0.5 0.2 0.4", "-1 0.5 0.5 0.2 0.4", "cat 0.5 0.5 0.2 0.4", "0 0.5 0.5 0.2", "0", "0 a b c d", "0 0.5 0.5 1e9 0.4", "0 NaN 0 0 0", "__proto__ 0 0 1 1", "0 0.1 0.1 0.2 0.2 0.3"];
  const p = await plan(yolo([...bad, "0 0.5 0.5 0.2 0.4"].join("\r\n")));
  assert.equal(boxesOf(p, "y/images/1.jpg")!.length, 1);
  assert.equal(told(p).length, bad.length);
  told(p).forEach((t, i) => assert.match(t, new RegExp(`^y/labels/1\\.txt:${i + 1}: `)));
});

test("YOLO whose labels have no names", async () => {
  await assert.rejects(plan({ "y/images/1.jpg": "", "y/labels/1.txt": "0 0.5 0.5 0.2 0.4" }), /classes\.txt/);
  assert.deepEqual([...namesOfYAML("nc: 2\nnames: ['a, b', \"c\"] # d\n")], [[0, "a, b"], [1, "c"]]);
  assert.deepEqual([...namesOfYAML("names:\n  0: a\n  7: 'b'\nnc: 2\n")], [[0, "a"], [7, "b"]]);
  assert.deepEqual([...namesOfYAML("names:\n- a\n- b\n")], [[0, "a"], [1, "b"]]);
  assert.deepEqual([...namesOfYAML("names: [a, b")].length > 0, true);
  assert.deepEqual([...namesOfYAML("no: names")], []);
});

const labelled = (ref: unknown, label: unknown = "cat") => JSON.stringify({ "source-ref": ref, a: 1, "a-metadata": { type: "groundtruth/image-classification", "class-name": label } });
const located = (found: unknown, map: unknown = { 0: "cat" }) => JSON.stringify({ "source-ref": "s3://b/1.jpg", a: found, "a-metadata": { type: "groundtruth/object-detection", "class-map": map } });

test("manifest", async () => {
  const p = await plan({ "m/train.manifest": `${labelled("s3://b/pictures/1.jpg")}\n\n${located({ image_size: [{ width: 9, height: 9, depth: 3 }], annotations: [{ class_id: 0, left: 1, top: 2, width: 3, height: 4 }] })}\n` });
  assert.equal(p.layout, "manifest");
  assert.deepEqual(told(p), []);
  assert.deepEqual(p.pictures.map((q) => [q.labels, q.boxes?.length, q.split]), [[["cat"], undefined, "train"], [[], 1, "train"]]);
});

test("manifest with lines that are wrong", async () => {
  const good = labelled("s3://b/1.jpg");
  const size = [{ width: 9, height: 9 }], one = { class_id: 0, left: 1, top: 2, width: 3, height: 4 };
  const bad = [
    ["{", /it is no JSON/], ["null", /another kind/], ["5", /no source-ref/], ["[]", /no source-ref/], ['{"source-ref": 5}', /no source-ref/], ['{"source-ref": ""}', /no source-ref/],
    [labelled("s3://b/2.jpg", 5), /the label 5 is no text/], [labelled("s3://b/2.jpg", { a: 1 }), /the label \{"a":1\} is no text/], [`{"source-ref":"${"x".repeat(100_001)}"}`, /more than 100,000 characters/],
    [located({ image_size: size, annotations: 5 }), /another kind/], [located({ image_size: size, annotations: [null] }), /another kind/], [located({ image_size: size, annotations: [{ ...one, left: "1" }] }), /box 1 are not all numbers/],
    [located({ image_size: size, annotations: [{ ...one, width: 1e12 }] }), /box 1 are not all numbers/], [located({ image_size: size, annotations: [one] }, { 0: ["cat"] }), /is no text/], [located({ image_size: [{}], annotations: [one] }), /image_size/],
    ['{"source-ref":"local.jpg"}', /was not dropped/],
  ] as const;
  const p = await plan({ "m/a.manifest": [good, ...bad.map(([line]) => line)].join("\n") });
  assert.equal(p.pictures.length, 1);
  bad.forEach(([line, text], i) => {
    const problem = p.problems.list.find((q) => q.line === i + 2);
    assert.equal(problem?.file, "m/a.manifest", line.slice(0, 100));
    assert.match(problem!.text, text, line.slice(0, 100));
  });
});

test("manifest does not reach outside of what was dropped", async () => {
  const p = await plan({ "m/1.jpg": "", "m/a.manifest": [labelled("s3://b/x/1.jpg"), labelled("../../etc/passwd.jpg"), labelled("s3://b/9.jpg")].join("\n") });
  assert.deepEqual(p.pictures.map((q) => q.picture?.path), ["m/1.jpg"]);
  assert.deepEqual(p.problems.list.map((q) => q.line), [2, 3]);
});

test("labels of hostile names stay labels", async () => {
  const p = await plan({ "d/__proto__/1.jpg": "", "d/constructor/2.jpg": "" });
  assert.deepEqual(p.pictures.map((q) => q.labels), [["__proto__"], ["constructor"]]);
});

test("pictures of other kinds are named, each with what to do", async () => {
  const p = await plan({ "d/cat/1.jpg": "", "d/cat/2.HEIC": "", "d/cat/3.webp": "", "d/notes.txt": "" });
  assert.deepEqual(p.problems.list.map((q) => q.file).sort(), ["d/cat/2.HEIC", "d/cat/3.webp"]);
  assert.match(p.problems.list.find((q) => q.file.endsWith("HEIC"))!.remedy!, /Most Compatible/);
  assert.deepEqual(p.others, ["d/notes.txt"]);
});

test("pictures that lie in S3", () => {
  const folder = folderAt(" s3://b/in ")!;
  const keys = ["in/cat/1.jpg", "in/cat/2.PNG", "in/dog/a/3.jpeg", "in/4.jpg", "in/cat/notes.txt", `in/${"x".repeat(300)}/5.jpg`];
  const ready = stored(keys, folder, "test");
  assert.deepEqual(ready.map((r) => [r.ref!.key, r.labels.join(), r.split]), [
    ["in/4.jpg", "", "test"], ["in/cat/1.jpg", "cat", "test"], ["in/cat/2.PNG", "cat", "test"], ["in/dog/a/3.jpeg", "dog", "test"], [keys[5]!, "", "test"],
  ]);
  const line = JSON.parse(ready[1]!.line(ready[1]!.ref!)) as Record<string, unknown>;
  assert.equal(line["source-ref"], "s3://b/in/cat/1.jpg");
  assert.equal(line.labels_cat, 1);
  assert.deepEqual(folderAt("s3://b"), { bucket: "b", key: "" });
  assert.equal(folderAt("b/in"), undefined);
});

test("pictures that lie in S3 in folders for training and for tests", () => {
  const ready = stored(["set/train/cat/1.jpg", "set/test/cat/2.jpg", "set/train/dog/3.jpg"], folderAt("s3://b/set/")!, "train");
  assert.deepEqual(ready.map((r) => [r.labels.join(), r.split]), [["cat", "test"], ["cat", "train"], ["dog", "train"]]);
});
