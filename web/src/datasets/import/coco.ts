import type { Box } from "../entry";
import type { Dropped } from "./dropped";
import type { Problems } from "./problem";
import { BoxCount, bounds, isNumber, type Said } from "./said";
import { named, splitOf } from "./split";
import { baseOf, folderOf, swapped, text, type Tree } from "./tree";

// filesOf are JSON files whose beginning or end speaks of what COCO has. Where there are files of instances, others are about the
// same pictures: key points, captions.
async function filesOf(tree: Tree): Promise<Dropped[]> {
  const list: Dropped[] = [];
  for (const d of tree.ending(".json").slice(0, 100)) {
    const ends = (await d.file.slice(0, 4096).text()) + (await d.file.slice(Math.max(0, d.file.size - 4096)).text());
    if (/"(images|annotations|categories)"\s*:\s*\[/.test(ends)) list.push(d);
  }
  const instances = list.filter((d) => baseOf(d.path).startsWith("instances_"));
  return instances.length > 0 ? instances : list;
}

export const hasCOCO = async (tree: Tree) => (await filesOf(tree)).length > 0;

interface File {
  images?: unknown;
  annotations?: unknown;
  categories?: unknown;
}

// idOf reads the number, or the text, that things are called by.
const idOf = (id: unknown) => (typeof id === "number" || typeof id === "string" ? String(id) : undefined);

const objects = (list: unknown) => (Array.isArray(list) ? list : []) as (Record<string, unknown> | null)[];

// readCOCO reads COCO's JSON. Which dataset its pictures are for is said by the file's name, else by its folder.
export async function readCOCO(tree: Tree, problems: Problems): Promise<Said[]> {
  const list: Said[] = [];
  const count = new BoxCount();
  for (const d of await filesOf(tree)) {
    let file: File;
    try {
      file = JSON.parse(await text(d, bounds.table)) as File;
    } catch (thrown) {
      problems.tell({ file: d.path, text: `it is no JSON of COCO: ${(thrown as Error).message}`, remedy: "export it again as COCO" });
      continue;
    }
    const boxes = boxesOf(file, d.path, problems, count);
    objects(file.images).forEach((image, i) => {
      const id = idOf(image?.id);
      if (!image || id === undefined || typeof image.file_name !== "string") {
        problems.tell({ file: d.path, text: `element ${i + 1} of images has no id or no file_name`, remedy: "correct it" });
        return;
      }
      const picture = tree.picture(image.file_name, foldersOf(d.path));
      if (!picture) {
        problems.tell({ file: d.path, text: `the picture ${JSON.stringify(image.file_name.slice(0, 200))} was not dropped`, remedy: "drop it along with the file" });
        return;
      }
      const { width, height } = image;
      list.push({
        picture, labels: [], boxes: boxes.get(id) ?? [], file: d.path, split: splitOf(d.path, true),
        drawnOn: isNumber(width) && isNumber(height) && width > 0 && height > 0 ? { width, height } : undefined,
      });
    });
  }
  return list;
}

// boxesOf gives the boxes by the id of their image.
function boxesOf(file: File, path: string, problems: Problems, count: BoxCount): Map<string, Box[]> {
  const names = new Map<string, string>();
  for (const c of objects(file.categories)) {
    const id = idOf(c?.id);
    if (id !== undefined && typeof c!.name === "string" && c!.name.trim() && c!.name.length <= bounds.label) names.set(id, c!.name.trim());
  }
  const boxes = new Map<string, Box[]>();
  let crowds = 0;
  objects(file.annotations).forEach((a, i) => {
    if (a?.iscrowd === 1 || a?.iscrowd === true) {
      crowds++;
      return;
    }
    const label = names.get(idOf(a?.category_id) ?? ""), image = idOf(a?.image_id) ?? "";
    const at = a?.bbox;
    if (!a || !label || !Array.isArray(at) || at.length !== 4 || !at.every(isNumber)) {
      problems.tell({ file: path, text: `element ${i + 1} of annotations has ${label ? "no bbox of four numbers" : "a category that is not there"}`, remedy: "correct it" });
      return;
    }
    count.add(1);
    const [left, top, width, height] = at as [number, number, number, number];
    const of = boxes.get(image);
    const box = { label, left, top, width, height };
    if (of) of.push(box);
    else boxes.set(image, [box]);
  });
  if (crowds > 0) problems.tell({ file: path, text: `${crowds} annotations are crowds, and were left out`, remedy: "box each object for itself" });
  return boxes;
}

// foldersOf are where pictures lie beside COCO's file: with it, in images, in folders of the split's name.
function foldersOf(path: string): string[] {
  const folder = folderOf(path), above = folderOf(folder);
  const join = (...parts: string[]) => parts.filter(Boolean).join("/");
  const list = [folder, above, join(folder, "images"), join(above, "images")];
  const beside = swapped(path, "annotations", "images");
  if (beside) list.push(folderOf(beside));
  for (const word of baseOf(path).replace(/\.[^.]*$/, "").split(/[-_. ]/)) {
    if (named(word)) list.push(join(folder, word), join(above, word), join(folder, "images", word), join(above, "images", word));
  }
  return list;
}
