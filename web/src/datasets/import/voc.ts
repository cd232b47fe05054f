import type { Box } from "../entry";
import type { Dropped } from "./dropped";
import type { Problems } from "./problem";
import { BoxCount, bounds, isNumber, type Said } from "./said";
import { named, splitOf } from "./split";
import { baseOf, folderOf, needed, stem, swapped, text, type Tree } from "./tree";

// filesOf are the XML files in folders called Annotations, else those beside a picture of their name.
function filesOf(tree: Tree): Dropped[] {
  const all = tree.ending(".xml");
  const inFolder = all.filter((d) => swapped(d.path, "annotations", "") !== undefined);
  return inFolder.length > 0 ? inFolder : all.filter((d) => tree.pictureOf(stem(d.path)));
}

export const hasVOC = (tree: Tree) => filesOf(tree).length > 0;

// readVOC reads one XML file a picture. Which dataset a picture is for is said by ImageSets/Main/*.txt, else by folders.
export async function readVOC(tree: Tree, problems: Problems): Promise<Said[]> {
  const sets = await imageSets(tree);
  const count = new BoxCount();
  const list: Said[] = [];
  for (const d of filesOf(tree)) {
    const listed = sets?.get(baseOf(stem(d.path)));
    if (sets && !listed) continue;
    try {
      const said = parse(await text(d, bounds.annotation), d.path, tree, problems);
      if (!said) continue;
      count.add(said.boxes!.length);
      list.push({ ...said, split: listed ?? splitOf(d.path) });
    } catch (thrown) {
      problems.tell({ file: d.path, text: (thrown as Error).message, remedy: "export it again as Pascal VOC" });
    }
  }
  return list;
}

function parse(xml: string, path: string, tree: Tree, problems: Problems): Said | undefined {
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) throw new Error("it defines entities, which are not read");
  const document = new DOMParser().parseFromString(xml, "application/xml");
  const root = document.documentElement;
  if (document.querySelector("parsererror") || root.tagName !== "annotation") throw new Error("it is no annotation of Pascal VOC");
  const name = child(root, "filename") || baseOf(stem(path));
  const picture = tree.picture(name, foldersOf(path)) ?? foldersOf(path).map((f) => tree.pictureOf(`${f}/${stem(baseOf(path))}`)).find(Boolean);
  if (!picture) {
    problems.tell({ file: path, text: `its picture ${JSON.stringify(name.slice(0, 200))} was not dropped`, remedy: "put it into JPEGImages, as .jpg or .png" });
    return undefined;
  }
  const boxes: Box[] = [];
  [...root.children].filter((e) => e.tagName === "object").forEach((object, i) => {
    const box = boxOf(object);
    if (box) boxes.push(box);
    else problems.tell({ file: path, text: `object ${i + 1} has no name, or no bndbox with xmin, ymin, xmax and ymax`, remedy: "draw its box" });
  });
  const size = root.querySelector(":scope > size");
  const width = Number(size && child(size, "width")), height = Number(size && child(size, "height"));
  return { picture, labels: [], boxes, drawnOn: width > 0 && height > 0 ? { width, height } : undefined, file: path };
}

// boxOf reads an object's box. VOC's corners are the first and the last pixel, counted from 1.
function boxOf(object: Element): Box | undefined {
  const corners = [...object.children].find((e) => e.tagName === "bndbox");
  const label = child(object, "name");
  if (!corners || !label || label.length > bounds.label) return undefined;
  const [xmin, ymin, xmax, ymax] = ["xmin", "ymin", "xmax", "ymax"].map((n) => (child(corners, n) ? Number(child(corners, n)) : NaN));
  if (!isNumber(xmin) || !isNumber(ymin) || !isNumber(xmax) || !isNumber(ymax)) return undefined;
  const left = Math.max(xmin - 1, 0), top = Math.max(ymin - 1, 0); // tools that count from 0 lose a pixel at most
  return { label, left, top, width: xmax - left, height: ymax - top };
}

const child = (e: Element, tag: string) => [...e.children].find((c) => c.tagName === tag)?.textContent?.trim() ?? "";

function foldersOf(path: string): string[] {
  return [path, swapped(path, "annotations", "JPEGImages"), swapped(path, "annotations", "images")].filter((p) => p !== undefined).map(folderOf);
}

// imageSets reads the lists of pictures by split. Lists of one label (cat_train.txt) are none.
async function imageSets(tree: Tree) {
  const lists = tree.ending(".txt").filter((d) => swapped(d.path, "imagesets", "") !== undefined && named(baseOf(stem(d.path))));
  if (lists.length === 0) return undefined;
  const sets = new Map<string, "train" | "test" | "validate">();
  const weight = { train: 0, validate: 1, test: 2 };
  for (const d of lists) {
    const split = named(baseOf(stem(d.path)))!;
    for (const line of (await needed(d, 64 << 20)).split("\n")) {
      const id = line.trim().split(" ")[0]!;
      const before = sets.get(id);
      if (id && (!before || weight[before] < weight[split])) sets.set(id, split); // what is tested with is never trained on
    }
  }
  return sets;
}
