import { type Entry, parse, refOf } from "../entry";
import type { Dropped } from "./dropped";
import type { Problems } from "./problem";
import { BoxCount, bounds, isNumber, type Said } from "./said";
import { splitOf } from "./split";
import { text, type Tree } from "./tree";

// filesOf are the files whose first line names a picture as manifests do.
async function filesOf(tree: Tree): Promise<Dropped[]> {
  const list: Dropped[] = [];
  for (const d of [...tree.ending(".manifest"), ...tree.ending(".jsonl"), ...tree.ending(".json")].slice(0, 100)) {
    if (/^\ufeff?\s*\{[^\n]*"source-ref"/.test(await d.file.slice(0, 100_000).text())) list.push(d);
  }
  return list;
}

export const hasManifest = async (tree: Tree) => (await filesOf(tree)).length > 0;

// readManifests reads the manifests of SageMaker and Custom Labels. Pictures that were dropped along with them are uploaded; where
// none was, they lie in S3.
export async function readManifests(tree: Tree, problems: Problems): Promise<Said[]> {
  const find = finder(tree);
  const count = new BoxCount();
  const list: Said[] = [];
  for (const d of await filesOf(tree)) {
    let lines: string[];
    try {
      lines = (await text(d, bounds.table)).split("\n");
    } catch (thrown) {
      problems.tell({ file: d.path, text: (thrown as Error).message, remedy: "divide it into several" });
      continue;
    }
    lines.forEach((line, i) => {
      if (!line.trim()) return;
      const entry = read(line);
      if (typeof entry === "string") {
        problems.tell({ file: d.path, line: i + 1, text: entry, remedy: "correct the line" });
        return;
      }
      const picture = find(String(entry.source["source-ref"]));
      if (!picture && (tree.pictures.length > 0 || !String(entry.source["source-ref"]).startsWith("s3://"))) {
        problems.tell({ file: d.path, line: i + 1, text: `the picture ${entry.ref.key.slice(0, 200)} was not dropped`, remedy: "drop it along with the manifest, or the manifest alone" });
        return;
      }
      count.add(entry.boxes.length);
      list.push({ picture, line: entry, labels: entry.labels, boxes: entry.located ? entry.boxes : undefined, drawnOn: entry.size, file: d.path, split: splitOf(d.path, true) });
    });
  }
  return list;
}

function read(line: string): Entry | string {
  if (line.length > 100_000) return "it has more than 100,000 characters";
  try {
    const entry = parse(line);
    return typeof entry.source["source-ref"] === "string" && entry.source["source-ref"] ? (wrong(entry) ?? entry) : "it has no source-ref";
  } catch (thrown) {
    return thrown instanceof SyntaxError ? "it is no JSON" : "it is no entry of a manifest: something in it is of another kind than it should be";
  }
}

// wrong says what in an entry is of another kind than it should be.
function wrong(e: Entry): string | undefined {
  const label = [...e.labels, ...e.boxes.map((b) => b.label)].find((l: unknown) => typeof l !== "string");
  if (label !== undefined) return `the label ${JSON.stringify(label).slice(0, 100)} is no text`;
  const box = e.boxes.findIndex((b) => ![b.left, b.top, b.width, b.height].every(isNumber));
  if (box >= 0) return `left, top, width and height of box ${box + 1} are not all numbers`;
  if (e.size && !(isNumber(e.size.width) && isNumber(e.size.height))) return "image_size has no width or no height";
  return undefined;
}

// finder looks a source-ref up among the dropped pictures: by as many of its last folders as they have, at last by the name alone.
function finder(tree: Tree) {
  const bySuffix = new Map<string, Dropped | null>();
  for (const d of tree.pictures) {
    for (let rest = d.path; ; rest = rest.slice(rest.indexOf("/") + 1)) {
      bySuffix.set(rest, bySuffix.has(rest) ? null : d);
      if (!rest.includes("/")) break;
    }
  }
  return (sourceRef: string): Dropped | undefined => {
    for (let rest = sourceRef.startsWith("s3://") ? refOf(sourceRef).key : sourceRef.replace(/^(\.?\/)+/, ""); rest; rest = rest.slice(rest.indexOf("/") + 1)) {
      const found = bySuffix.get(rest);
      if (found) return found;
      if (!rest.includes("/")) return undefined;
    }
    return undefined;
  };
}
