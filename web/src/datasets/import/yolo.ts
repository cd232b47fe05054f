import type { Box } from "../entry";
import type { Dropped } from "./dropped";
import type { Problems } from "./problem";
import { BoxCount, bounds, type Said } from "./said";
import { splitOf } from "./split";
import { baseOf, needed, stem, swapped, text, type Tree } from "./tree";

// pictureOf finds the picture of a text file: labels/train/1.txt is about images/train/1.jpg, or it lies beside it.
function pictureOf(tree: Tree, path: string): Dropped | undefined {
  const there = swapped(path, "labels", "images");
  return (there && tree.pictureOf(stem(there))) || tree.pictureOf(stem(path));
}

const isNames = (path: string) => /^(classes\.txt|obj\.names|labels\.txt)$/i.test(baseOf(path));

const filesOf = (tree: Tree) => tree.ending(".txt").filter((d) => !isNames(d.path) && pictureOf(tree, d.path));

export const hasYOLO = (tree: Tree) => filesOf(tree).length > 0;

// readYOLO reads one text file a picture: lines of a label's number, and of a box's centre and sides as shares of the picture's.
export async function readYOLO(tree: Tree, problems: Problems): Promise<Said[]> {
  const names = await namesOf(tree);
  if (!names) throw new Error("These are boxes as YOLO has them, but their labels have no names. Put classes.txt into the folder, one name a line, or a data.yaml with names.");
  const count = new BoxCount();
  const list: Said[] = [];
  for (const d of filesOf(tree)) {
    try {
      const boxes = parse(await text(d, bounds.annotation), names, d.path, problems);
      count.add(boxes.length);
      list.push({ picture: pictureOf(tree, d.path)!, labels: [], boxes, shares: true, split: splitOf(d.path), file: d.path });
    } catch (thrown) {
      problems.tell({ file: d.path, text: (thrown as Error).message, remedy: "write a line a box: LABEL X Y WIDTH HEIGHT" });
    }
  }
  return list;
}

function parse(lines: string, names: Map<number, string>, path: string, problems: Problems): Box[] {
  const boxes: Box[] = [];
  lines.split("\n").forEach((line, i) => {
    const fields = line.trim().split(/\s+/).filter(Boolean);
    if (fields.length === 0) return;
    const box = boxOf(fields, names);
    if (typeof box === "string") problems.tell({ file: path, line: i + 1, text: box, remedy: "write LABEL X Y WIDTH HEIGHT, the last four between 0 and 1" });
    else boxes.push(box);
  });
  return boxes;
}

// boxOf reads the fields of a line, or says what is wrong. A polygon becomes the box around it.
function boxOf(fields: string[], names: Map<number, string>): Box | string {
  const label = /^\d+$/.test(fields[0]!) ? names.get(Number(fields[0])) : undefined;
  if (!label) return `label ${JSON.stringify(fields[0]!.slice(0, 40))} has no name`;
  const n = fields.slice(1).map(Number);
  if (!n.every((f) => f >= -1 && f <= 2)) return "a number is no share of the picture"; // tools let boxes reach over the edge a little
  if (n.length === 4) {
    const [x, y, width, height] = n as [number, number, number, number];
    return { label, left: x - width / 2, top: y - height / 2, width, height };
  }
  if (n.length < 6 || n.length % 2 !== 0) return `there are ${n.length} numbers after the label, and a box has 4`;
  const xs = n.filter((_, i) => i % 2 === 0), ys = n.filter((_, i) => i % 2 === 1);
  const least = (list: number[]) => list.reduce((a, b) => Math.min(a, b)), greatest = (list: number[]) => list.reduce((a, b) => Math.max(a, b));
  return { label, left: least(xs), top: least(ys), width: greatest(xs) - least(xs), height: greatest(ys) - least(ys) };
}

async function namesOf(tree: Tree): Promise<Map<number, string> | undefined> {
  const list = tree.files.find((d) => isNames(d.path));
  if (list) {
    const names = (await needed(list, bounds.annotation)).trim().split("\n");
    return new Map(names.map((name, i) => [i, name.trim()]));
  }
  for (const d of [...tree.ending(".yaml"), ...tree.ending(".yml")]) {
    const names = namesOfYAML(await text(d, 64 << 10).catch(() => ""));
    if (names.size > 0) return names;
  }
  return undefined;
}

// namesOfYAML reads what tools write under names: a list in brackets, a list of dashes, or names by number.
export function namesOfYAML(yaml: string): Map<number, string> {
  const names = new Map<number, string>();
  const lines = yaml.split("\n").map((l) => l.replace(/(^|\s)#.*$/, "").trimEnd());
  const start = lines.findIndex((l) => /^names\s*:/.test(l));
  if (start < 0) return names;
  let flow = lines[start]!.replace(/^names\s*:\s*/, "");
  if (/^[[{]/.test(flow)) {
    for (let i = start + 1; i < lines.length && !/[\]}]\s*$/.test(flow); i++) flow += ` ${lines[i]!.trim()}`;
    const items = flow.slice(1, -1).match(/"[^"]*"|'[^']*'|[^,]+/g) ?? [];
    items.map((t) => t.trim()).filter(Boolean).forEach((item, i) => {
      const pair = flow.startsWith("{") ? /^(\d+)\s*:\s*(.*)$/.exec(item) : null;
      names.set(pair ? Number(pair[1]) : i, plain(pair ? pair[2]! : item));
    });
    return names;
  }
  for (const line of lines.slice(start + 1)) {
    if (!line.trim()) continue;
    const dash = /^\s*-\s+(.*)$/.exec(line), pair = /^\s+(\d+)\s*:\s*(.*)$/.exec(line);
    if (dash) names.set(names.size, plain(dash[1]!));
    else if (pair) names.set(Number(pair[1]), plain(pair[2]!));
    else break;
  }
  return names;
}

const plain = (s: string) => s.trim().replace(/^(["'])(.*)\1$/, "$2");
