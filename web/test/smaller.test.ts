import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../src/datasets/entry";
import { check, type Ready } from "../src/datasets/import/check";
import { placesOf } from "../src/datasets/import/places";
import { planOf } from "../src/datasets/import/plan";
import { Irreducible, likely, reduced } from "../src/datasets/import/reducing";
import { within } from "../src/pictures/smaller";
import { Parser } from "./xml";

Object.assign(globalThis, { DOMParser: Parser });

// jpeg is what a JPEG of the given sides begins with, and PNG's the same; rest is as many bytes after it.
const jpeg = (width: number, height: number, { turned = false, rest = 0 } = {}) =>
  new Blob([
    new Uint8Array([0xff, 0xd8]),
    turned ? new Uint8Array([0xff, 0xe1, 0, 0x22, ...Buffer.from("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", "latin1")]) : "",
    new Uint8Array([0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]), new Uint8Array(rest),
  ]);
const png = (width: number, height: number) => {
  const b = Buffer.from("89504e470d0a1a0a0000000d49484452" + "00".repeat(20), "hex");
  b.writeUInt32BE(width, 16);
  b.writeUInt32BE(height, 20);
  return new Blob([b]);
};

const at = { bucket: "b", prefix: "p/" };

async function read(files: Record<string, Blob | string>) {
  const plan = await planOf(Object.entries(files).map(([path, content]) => ({ path, file: new File([content], path.split("/").pop()!) })));
  const ready = await check(plan.pictures, plan.problems, () => {}, new AbortController().signal);
  const of = (path: string) => ready.find((r) => r.picture?.path === path)!;
  return { ready, of, problems: plan.problems.list, entry: (path: string) => parse(of(path).line({ bucket: "b", key: path })) };
}

test("sides fit and keep their ratio", () => {
  assert.deepEqual(within({ width: 8064, height: 6048 }, 4096), { width: 4096, height: 3072 });
  assert.deepEqual(within({ width: 3000, height: 5000 }, 4096), { width: 2458, height: 4096 });
  assert.deepEqual(within({ width: 4096, height: 64 }, 4096), { width: 4096, height: 64 });
  assert.deepEqual(within({ width: 100, height: 50 }, 4096), { width: 100, height: 50 });
});

test("pictures that are larger than the service takes are made smaller, others are not", async () => {
  const { of, problems } = await read({
    "d/phone.jpg": jpeg(8064, 6048), "d/turned.jpg": jpeg(8064, 6048, { turned: true }), "d/heavy.jpg": jpeg(4000, 3000, { rest: 15 << 20 }), "d/just.jpg": jpeg(4096, 4096), "d/screen.png": png(5000, 5000),
    "d/strip.jpg": jpeg(8200, 400), "d/thin.jpg": jpeg(8200, 60), "d/broken.jpg": "no picture",
  });
  assert.deepEqual(of("d/phone.jpg").smaller, { from: { width: 8064, height: 6048 }, to: { width: 4096, height: 3072 } });
  assert.deepEqual(of("d/turned.jpg").smaller, { from: { width: 6048, height: 8064 }, to: { width: 3072, height: 4096 } });
  assert.deepEqual(of("d/heavy.jpg").smaller, { from: { width: 4000, height: 3000 }, to: { width: 4000, height: 3000 } });
  assert.deepEqual(of("d/screen.png").smaller!.to, { width: 4096, height: 4096 });
  assert.equal(of("d/just.jpg").smaller, undefined);
  assert.deepEqual(problems.map((q) => [q.file, q.text]).sort(), [
    ["d/broken.jpg", "it is neither a JPEG nor a PNG picture, or is broken"], ["d/strip.jpg", "it has 8200 x 400 pixels"], ["d/thin.jpg", "it has 8200 x 60 pixels"],
  ]);
});

const half = { width: 4096, height: 3072 };

test("boxes are scaled with their picture", async () => {
  const voc = '<annotation><filename>1.jpg</filename><size><width>8192</width><height>6144</height></size><object><name>cat</name><bndbox><xmin>2001</xmin><ymin>1001</ymin><xmax>3000</xmax><ymax>6144</ymax></bndbox></object></annotation>';
  const pascal = (await read({ "v/JPEGImages/1.jpg": jpeg(8192, 6144), "v/Annotations/1.xml": voc })).entry("v/JPEGImages/1.jpg");
  assert.deepEqual([pascal.size, pascal.boxes], [half, [{ label: "cat", left: 1000, top: 500, width: 500, height: 2572 }]]);
  const yolo = (await read({ "y/classes.txt": "cat", "y/images/1.jpg": jpeg(8192, 6144), "y/labels/1.txt": "0 0.5 0.5 0.25 0.5" })).entry("y/images/1.jpg");
  assert.deepEqual([yolo.size, yolo.boxes], [half, [{ label: "cat", left: 1536, top: 768, width: 1024, height: 1536 }]]);
  const coco = JSON.stringify({ images: [{ id: 1, file_name: "1.jpg", width: 8192, height: 6144 }], categories: [{ id: 7, name: "cat" }], annotations: [{ image_id: 1, category_id: 7, bbox: [20, 40, 60, 80] }] });
  const common = (await read({ "c/images/1.jpg": jpeg(8192, 6144), "c/a.json": coco })).entry("c/images/1.jpg");
  assert.deepEqual([common.size, common.boxes], [half, [{ label: "cat", left: 10, top: 20, width: 30, height: 40 }]]);
});

test("a manifest's line is scaled with its picture, and says all else as before", async () => {
  const line = {
    "source-ref": "s3://old/1.jpg", "note": 7, "cat": 1, "cat-metadata": { type: "groundtruth/image-classification", "class-name": "cat" },
    "a": { image_size: [{ width: 8192, height: 6144, depth: 3 }], annotations: [{ class_id: 0, left: 2001, top: 40, width: 6191, height: 80 }], more: 1 },
    "a-metadata": { type: "groundtruth/object-detection", "class-map": { 0: "dog" }, objects: [{ confidence: 0.5 }] },
  };
  const { entry } = await read({ "m/1.jpg": jpeg(8192, 6144), "m/a.manifest": JSON.stringify(line) });
  assert.deepEqual(entry("m/1.jpg").source, {
    ...line, "source-ref": "s3://b/m/1.jpg", "a": { image_size: [{ ...half, depth: 3 }], annotations: [{ class_id: 0, left: 1001, top: 20, width: 3095, height: 40 }], more: 1 },
  });
  const small = { ...line, a: { ...line.a, image_size: [{ ...half, depth: 3 }] } };
  const as = await read({ "m/1.jpg": jpeg(4096, 3072), "m/a.manifest": JSON.stringify(small) });
  assert.deepEqual(as.entry("m/1.jpg").source, { ...small, "source-ref": "s3://b/m/1.jpg" });
});

const keysOf = (ready: Ready[], sizes: Map<string, number>) => {
  const { of, parcels, skipped } = placesOf(ready, at, sizes);
  return { keys: ready.map((r) => of.get(r)!.key), sent: [...parcels.values()].map((q) => q.path), skipped };
};

test("an interrupted upload goes on with pictures that are made smaller, too", async () => {
  const { ready, of } = await read({ "d/big.JPG": jpeg(8064, 6048), "d/big.png": png(5000, 4000), "d/small.jpg": jpeg(640, 480) });
  const bytes = (path: string) => of(path).picture!.file.size;
  const keys = [`p/d/big-${bytes("d/big.JPG")}.JPG`, `p/d/big.png-${bytes("d/big.png")}.jpg`, "p/d/small.jpg"];
  assert.deepEqual(keysOf(ready, new Map()), { keys, sent: ["d/big.JPG", "d/big.png", "d/small.jpg"], skipped: 0 });
  // What was made has a size that nobody knows before; small.jpg is known by its own.
  assert.deepEqual(keysOf(ready, new Map([[keys[0]!, 12345], ["p/d/small.jpg", bytes("d/small.jpg")]])), { keys, sent: ["d/big.png"], skipped: 2 });
  assert.deepEqual(keysOf(ready, new Map([[keys[0]!, 1], [keys[1]!, 2], ["p/d/small.jpg", 3]])), { keys: [...keys.slice(0, 2), `p/d/small-${bytes("d/small.jpg")}.jpg`], sent: ["d/small.jpg"], skipped: 2 });
  // Another picture of the same name is another one, whether it was made smaller or not.
  assert.deepEqual(keysOf(ready, new Map([["p/d/big.JPG", bytes("d/big.JPG")], ["p/d/big-999.JPG", 7]])).sent, ["d/big.JPG", "d/big.png", "d/small.jpg"]);
});

test("pictures are made smaller one at a time, and what cannot be opened does not hold up the others", async () => {
  const { ready } = await read(Object.fromEntries(["1", "2", "3", "bad", "other"].map((name) => [`d/${name}.jpg`, jpeg(8064, 6048)])));
  let open = 0, most = 0;
  const qualities: number[] = [];
  // What a browser has for this, and Node has not.
  Object.assign(globalThis, {
    createImageBitmap: async (file: File) => {
      if (file.name === "bad.jpg") throw new DOMException("no", "InvalidStateError");
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      return { ...(file.name === "other.jpg" ? { width: 6048, height: 8064 } : { width: 8064, height: 6048 }), close: () => open-- };
    },
    OffscreenCanvas: class {
      constructor(readonly width: number, readonly height: number) {}
      getContext = () => ({ fillRect: () => {}, drawImage: () => {} });
      convertToBlob = async ({ quality }: { quality: number }) => new Blob([new Uint8Array(qualities.push(quality) === 1 ? (15 << 20) + 1 : this.width)]);
    },
  });
  const { signal } = new AbortController();
  const made = await Promise.allSettled(ready.map((r) => reduced(r.picture!.file, r.smaller!, signal)));
  assert.deepEqual([most, open], [1, 0]);
  assert.deepEqual(qualities, [0.92, 0.8, 0.92, 0.92]); // the first had more than 15 MB
  const said = made.map((m, i) => [ready[i]!.picture!.path, m.status === "fulfilled" ? m.value.size : m.reason instanceof Irreducible && m.reason.message]);
  assert.deepEqual(said, [
    ["d/1.jpg", 4096], ["d/2.jpg", 4096], ["d/3.jpg", 4096],
    ["d/bad.jpg", "this browser cannot open it to make it smaller: it is broken, or too large for this computer's memory"],
    ["d/other.jpg", "its header says 8064 x 6048 pixels, and this browser sees 6048 x 8064"],
  ]);
});

test("who has stopped an upload does not wait for what was not begun", async () => {
  const stop = new AbortController();
  let opened = 0;
  Object.assign(globalThis, { createImageBitmap: async () => { opened++; stop.abort(new Error("stopped")); throw new Error(); } });
  const { ready } = await read({ "d/1.jpg": jpeg(8064, 6048), "d/2.jpg": jpeg(8064, 6048) });
  const made = await Promise.allSettled(ready.map((r) => reduced(r.picture!.file, r.smaller!, stop.signal)));
  assert.equal(opened, 1);
  assert.equal((made[1] as PromiseRejectedResult).reason.message, "stopped");
});

test("how much an upload will be is guessed from the pixels that remain, and known of what is there", async () => {
  const { ready, of } = await read({
    "d/big.jpg": jpeg(8192, 8192, { rest: 4000 }), "d/heavy.jpg": jpeg(4000, 3000, { rest: 16 << 20 }), "d/there.jpg": jpeg(8192, 8192, { rest: 9000 }), "d/small.jpg": jpeg(640, 480, { rest: 700 }),
  });
  const bytes = (path: string) => of(path).picture!.file.size;
  assert.equal(likely(of("d/big.jpg").picture!.file, of("d/big.jpg").smaller), Math.round(bytes("d/big.jpg") / 4));
  const { skippedBytes, likelyBytes } = placesOf(ready, at, new Map([[`p/d/there-${bytes("d/there.jpg")}.jpg`, 5000]]));
  assert.deepEqual([skippedBytes, likelyBytes], [5000, Math.round(bytes("d/big.jpg") / 4) + (15 << 20) + bytes("d/small.jpg")]);
});
