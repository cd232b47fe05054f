import { type Entry, parse, refOf } from "../entry";
import type { Dropped } from "./dropped";
import type { Problems } from "./problem";
import { BoxCount, bounds, type Said } from "./said";
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
    const lines = (await text(d, bounds.table)).split("\n");
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
    return typeof entry.source["source-ref"] === "string" && entry.source["source-ref"] ? entry : "it has no source-ref";
  } catch {
    return "it is no JSON";
  }
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
