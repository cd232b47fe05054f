// A dataset's entries as the manifest format of Custom Labels has them: one JSON object a picture. See "Creating a manifest
// file" in the Custom Labels guide.

export interface Ref {
  bucket: string;
  key: string;
}

// Box is in pixels of the upright picture.
export interface Box {
  label: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Entry {
  ref: Ref;
  // labels of the whole picture.
  labels: string[];
  boxes: Box[];
  // size of the picture in pixels, where its boxes tell it.
  size?: { width: number; height: number };
  // located says that the picture was looked at for objects, even if none was found.
  located: boolean;
  // source is the object that the line holds. What is not understood stays as it is.
  source: Record<string, unknown>;
}

type Metadata = { type?: string; "class-name"?: string; "class-map"?: Record<string, string> };

const metadataEnding = "-metadata";
const boxesName = "bounding-box";

export function refOf(uri: string): Ref {
  const rest = uri.replace(/^s3:\/\//, "");
  const slash = rest.indexOf("/");
  return { bucket: rest.slice(0, slash), key: rest.slice(slash + 1) };
}

export function uriOf(r: Ref): string {
  return `s3://${r.bucket}/${r.key}`;
}

// parse reads a line as ListDatasetEntries gives it.
export function parse(line: string): Entry {
  const source = JSON.parse(line) as Record<string, unknown>;
  const entry: Entry = { ref: refOf(String(source["source-ref"] ?? "")), labels: [], boxes: [], located: false, source };
  for (const [name, value] of Object.entries(source)) {
    if (!name.endsWith(metadataEnding)) continue;
    const metadata = value as Metadata;
    const attribute = source[name.slice(0, -metadataEnding.length)];
    if (metadata?.type === "groundtruth/image-classification") {
      const label = metadata["class-name"];
      if (label) entry.labels.push(label); // whatever the number is: SageMaker's is the index of the class
    } else if (metadata?.type === "groundtruth/object-detection" && attribute && typeof attribute === "object") {
      const found = attribute as { image_size?: { width: number; height: number }[]; annotations?: { class_id: number; left: number; top: number; width: number; height: number }[] };
      entry.located = true;
      const size = found.image_size?.[0];
      if (size) entry.size = { width: size.width, height: size.height };
      for (const a of found.annotations ?? []) {
        entry.boxes.push({ label: metadata["class-map"]?.[String(a.class_id)] ?? String(a.class_id), left: a.left, top: a.top, width: a.width, height: a.height });
      }
    }
  }
  entry.labels = [...new Set(entry.labels)].sort();
  return entry;
}

// bare is the entry without what people have said of the picture by labels or by boxes.
function bare(e: Entry, type: "groundtruth/image-classification" | "groundtruth/object-detection"): Record<string, unknown> {
  const out: Record<string, unknown> = { ...e.source };
  for (const [name, value] of Object.entries(e.source)) {
    if (name.endsWith(metadataEnding) && (value as Metadata)?.type === type) {
      delete out[name];
      delete out[name.slice(0, -metadataEnding.length)];
    }
  }
  return out;
}

const now = () => new Date().toISOString().replace("Z", "");

// slug makes an attribute's name of a label: letters, digits, hyphens and underscores are safe everywhere.
const slug = (label: string) => label.replace(/[^\p{L}\p{N}_-]+/gu, "-");

// withLabels gives the line of an entry that has exactly these labels of the whole picture.
export function withLabels(e: Entry, labels: string[]): string {
  const out = bare(e, "groundtruth/image-classification");
  const taken = new Set<string>();
  for (const label of labels) {
    let name = `labels_${slug(label)}`;
    while (taken.has(name) || name in out) name += "_";
    taken.add(name);
    out[name] = 1;
    out[name + metadataEnding] = {
      confidence: 1, "job-name": `labeling-job/${name}`, "class-name": label, "human-annotated": "yes", "creation-date": now(), type: "groundtruth/image-classification",
    };
  }
  return JSON.stringify(out);
}

// whole gives a box in whole pixels, inside of a picture of the given size.
function whole(b: Omit<Box, "label">, size: { width: number; height: number }) {
  const left = Math.max(0, Math.round(b.left)), top = Math.max(0, Math.round(b.top));
  return { left, top, width: Math.max(1, Math.min(Math.round(b.width), size.width - left)), height: Math.max(1, Math.min(Math.round(b.height), size.height - top)) };
}

// withBoxes gives the line of an entry that has exactly these boxes, on a picture of the given size. None at all says that
// nothing is to be found on it.
export function withBoxes(e: Entry, size: { width: number; height: number }, boxes: Box[]): string {
  const out = bare(e, "groundtruth/object-detection");
  const classes = [...new Set(boxes.map((b) => b.label))];
  out[boxesName] = {
    image_size: [{ width: size.width, height: size.height, depth: 3 }],
    annotations: boxes.map((b) => ({ class_id: classes.indexOf(b.label), ...whole(b, size) })),
  };
  out[boxesName + metadataEnding] = {
    objects: boxes.map(() => ({ confidence: 1 })), "class-map": Object.fromEntries(classes.map((c, i) => [String(i), c])),
    type: "groundtruth/object-detection", "human-annotated": "yes", "creation-date": now(), "job-name": `labeling-job/${boxesName}`,
  };
  return JSON.stringify(out);
}

// scaled is what a line says of a picture, said of the same picture at another size: its boxes lie in pixels.
export function scaled(source: Record<string, unknown>, from: { width: number; height: number }, to: { width: number; height: number }): Record<string, unknown> {
  const x = to.width / from.width, y = to.height / from.height;
  const out = { ...source };
  for (const [name, value] of Object.entries(source)) {
    const found = source[name.slice(0, -metadataEnding.length)] as { image_size?: unknown; annotations?: Omit<Box, "label">[] } | null;
    if (!name.endsWith(metadataEnding) || (value as Metadata)?.type !== "groundtruth/object-detection" || !found || typeof found !== "object") continue;
    const sizes = Array.isArray(found.image_size) ? (found.image_size as { width: number; height: number }[]).map((s) => ({ ...s, width: Math.round(s.width * x), height: Math.round(s.height * y) })) : undefined;
    out[name.slice(0, -metadataEnding.length)] = {
      ...found,
      ...(sizes && { image_size: sizes }),
      ...(found.annotations && { annotations: found.annotations.map((a) => ({ ...a, ...whole({ left: a.left * x, top: a.top * y, width: a.width * x, height: a.height * y }, sizes?.[0] ?? to) })) }),
    };
  }
  return out;
}

// labelled is the line of a picture of which nothing but its labels is known.
export const labelled = (r: Ref, labels: string[]): string => (labels.length > 0 ? withLabels(parse(unlabelled(r)), labels) : unlabelled(r));

// unlabelled is the line of a picture that nobody has said anything of.
export function unlabelled(r: Ref): string {
  return JSON.stringify({ "source-ref": uriOf(r) });
}
