import { hasCOCO, readCOCO } from "./coco";
import { type Dropped, isOtherPicture } from "./dropped";
import { hasManifest, readManifests } from "./groundtruth";
import { Problems } from "./problem";
import type { Said } from "./said";
import { named, type Split } from "./split";
import { Tree } from "./tree";
import { hasVOC, readVOC } from "./voc";
import { hasYOLO, readYOLO } from "./yolo";

export type Layout = "manifest" | "voc" | "coco" | "yolo" | "folders" | "pictures";

export const layoutNames: Record<Layout, string> = {
  manifest: "Manifest of SageMaker or Custom Labels", voc: "Pascal VOC", coco: "COCO", yolo: "YOLO", folders: "One folder for each label", pictures: "Pictures without labels",
};

export interface Planned extends Said {
  split: Split;
}

// Plan is what a dropped folder holds.
export interface Plan {
  name: string; // of what was dropped
  layout: Layout;
  pictures: Planned[];
  divided: boolean; // it says itself which pictures are for tests
  others: string[]; // paths of what is neither picture nor annotation
  problems: Problems;
}

// planOf finds out how a dropped folder is laid out, and what it says of its pictures.
export async function planOf(files: Dropped[]): Promise<Plan> {
  const tree = new Tree(files);
  const problems = new Problems();
  const tops = new Set(files.map((d) => d.path.split("/")[0]!));
  const name = tops.size === 1 ? [...tops][0]! : `${files.length.toLocaleString("en")} files`;
  const annotated = await readAnnotations(tree, problems);
  const others = tree.files.filter((d) => !/\.(jpe?g|png)$/i.test(d.path)).map((d) => d.path);
  if (annotated) return { name, ...annotated, others: [], problems };
  for (const file of others.filter(isOtherPicture)) {
    problems.tell({ file, text: "it is a picture, but neither JPEG nor PNG", remedy: /\.hei[cf]$/i.test(file) ? "save it as JPEG; iPhones take JPEG with Settings, Camera, Formats, Most Compatible" : "save it as JPEG or PNG" });
  }
  return { name, ...folders(tree.pictures), others: others.filter((path) => !isOtherPicture(path)), problems };
}

type Found = Pick<Plan, "layout" | "pictures" | "divided">;

async function readAnnotations(tree: Tree, problems: Problems): Promise<Found | undefined> {
  if (await hasManifest(tree)) return divided("manifest", tree, await readManifests(tree, problems), problems);
  if (hasVOC(tree)) return divided("voc", tree, await readVOC(tree, problems), problems);
  if (await hasCOCO(tree)) return divided("coco", tree, await readCOCO(tree, problems), problems);
  if (hasYOLO(tree)) return divided("yolo", tree, await readYOLO(tree, problems), problems);
  return undefined;
}

// divided gives every picture its dataset and each only once. Pictures that nothing was said of come along without labels.
function divided(layout: Layout, tree: Tree, said: Said[], problems: Problems): Found {
  const tested = said.some((s) => s.split === "test");
  const splitOf = (s: Said): Split => (s.split === "test" || (s.split === "validate" && !tested) ? "test" : "train");
  const pictures = new Map<string, Planned>();
  for (const s of said) {
    const key = s.picture?.path ?? String(s.line!.source["source-ref"]);
    const before = pictures.get(key), now = { ...s, split: splitOf(s) };
    if (before && before.split === now.split) problems.tell({ file: s.file, text: `${key} is in ${before.file} already`, remedy: "describe each picture once; the first description counts" });
    if (!before || (before.split === "train" && now.split === "test")) pictures.set(key, now); // what is tested with is never trained on
  }
  for (const d of tree.pictures) {
    if (!pictures.has(d.path)) pictures.set(d.path, { picture: d, labels: [], split: "train", file: d.path });
  }
  const list = [...pictures.values()];
  return { layout, pictures: list, divided: list.some((p) => p.split === "test") && list.some((p) => p.split === "train") };
}

function folders(pictures: Dropped[]): Found {
  const { said, divided } = byFolders(pictures.map((d) => d.path));
  return { layout: said.some((s) => s.labels.length > 0) ? "folders" : "pictures", pictures: pictures.map((d, i) => ({ picture: d, file: d.path, ...said[i]! })), divided };
}

// byFolders takes labels from the names of folders: LABEL/1.jpg, or train/LABEL/1.jpg and test/LABEL/1.jpg.
export function byFolders(of: string[]): { said: Pick<Planned, "labels" | "split">[]; divided: boolean } {
  const paths = of.map((path) => path.split("/"));
  let skip = 0;
  while (paths.length > 0 && paths.every((p) => p[skip] === paths[0]![skip] && p.length > skip + 1) && paths.some((p) => p.length > skip + 2)) skip++;
  const isDivided = paths.some((p) => p.length > skip + 1 && named(p[skip]!) === "train") && paths.some((p) => p.length > skip + 1 && isTested(p[skip]!));
  const tested = isDivided && paths.some((p) => p.length > skip + 1 && named(p[skip]!) === "test");
  const above = skip > 0 ? named(paths[0]![skip - 1]!) : undefined;
  const said = paths.map((path): Pick<Planned, "labels" | "split"> => {
    const rest = path.slice(skip);
    const word = isDivided && rest.length > 1 ? named(rest[0]!) : above;
    const label = rest.length > (isDivided ? 2 : 1) ? rest[isDivided ? 1 : 0]! : undefined;
    return { labels: label ? [label] : [], split: word === "test" || (word === "validate" && !tested) ? "test" : "train" };
  });
  // A single folder of pictures is how cameras leave them: its name is no label.
  if (skip === 0 && new Set(said.flatMap((p) => p.labels)).size === 1 && paths.every((p) => p.length === 2)) said.forEach((p) => (p.labels = []));
  return { said, divided: isDivided };
}

const isTested = (word: string) => named(word) === "test" || named(word) === "validate";
