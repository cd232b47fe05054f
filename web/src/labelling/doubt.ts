import type { Box, Entry } from "../datasets/entry";
import type { Said, Suggester } from "./suggest";

export type Order = "listed" | "unsure" | "wrong";

// order sorts rows by how much they deserve a look, the most first. The rest follows as it was.
export function order(by: Order, rows: Entry[], looked: number, suggester: Suggester, several: boolean): number[] {
  const all = rows.map((_, row) => row);
  if (by === "listed") return all;
  const score = new Map(all.slice(0, looked).map((row) => [row, (by === "unsure" ? unsure : wrong)(rows[row]!, suggester, several)]));
  return [...all.slice(0, looked).sort((a, b) => score.get(b)! - score.get(a)!), ...all.slice(looked)];
}

// unsure is 100 where the model could as well have said something else, and 0 where it has no doubt.
function unsure(e: Entry, suggester: Suggester, several: boolean): number {
  const said = suggester.of(e.ref);
  if (!said) return -1;
  const places = said.filter((s) => s.place);
  if (places.length === 0 && !several && said.length > 0) return 100 - (said[0]!.confidence - (said[1]?.confidence ?? 0));
  return Math.max(0, ...(places.length > 0 ? places : said).map((s) => 100 - Math.abs(s.confidence - suggester.threshold(s.label)) * 2));
}

// wrong is how surely the model says something else than people did; below nothing where both agree.
function wrong(e: Entry, suggester: Suggester, several: boolean): number {
  const said = suggester.of(e.ref);
  if (!said) return -1000;
  const places = said.filter((s) => s.place);
  if (e.located && e.size) return ofBoxes(e.boxes, e.size, places, suggester);
  if (e.labels.length === 0 || said.length === 0) return -1000;
  const confidence = (label: string) => said.find((s) => s.label === label)?.confidence ?? 0;
  if (!several) return said[0]!.confidence - confidence(e.labels[0]!) - (e.labels.includes(said[0]!.label) ? 100 : 0);
  const missing = said.filter((s) => !e.labels.includes(s.label)).map((s) => s.confidence - suggester.threshold(s.label));
  const tooMuch = e.labels.map((l) => suggester.threshold(l) - confidence(l));
  return Math.max(-100, ...missing, ...tooMuch);
}

// ofBoxes finds the surest object that people left out, or the box that the model sees least in.
function ofBoxes(boxes: Box[], size: { width: number; height: number }, places: Said[], suggester: Suggester): number {
  const found = places.map((s) => ({ ...s, box: inPixels(s, size)! }));
  const missing = found.filter((f) => boxes.every((b) => overlap(b, f.box) < 0.4)).map((f) => f.confidence - suggester.threshold(f.label));
  const tooMuch = boxes.map((b) => suggester.threshold(b.label) - Math.max(0, ...found.filter((f) => f.label === b.label && overlap(b, f.box) >= 0.4).map((f) => f.confidence)));
  return Math.max(-100, ...missing, ...tooMuch);
}

// inPixels gives the box of what a model says, on a picture of a size.
export function inPixels(s: Said, size: { width: number; height: number }): Box | undefined {
  if (!s.place) return undefined;
  return { label: s.label, left: s.place.left * size.width, top: s.place.top * size.height, width: s.place.width * size.width, height: s.place.height * size.height };
}

// overlap is the share of what two boxes cover that both do.
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}
