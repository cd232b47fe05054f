import type { Box } from "../datasets/entry";

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

// A handle moves some sides of a box: -1 the left or top one, 1 the right or bottom one, 0 neither.
export interface Handle {
  x: -1 | 0 | 1;
  y: -1 | 0 | 1;
}

export const handles: Handle[] = [
  { x: -1, y: -1 }, { x: 0, y: -1 }, { x: 1, y: -1 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }, { x: -1, y: 1 }, { x: -1, y: 0 },
];

export function handleAt(b: Box, h: Handle): Point {
  return { x: b.left + (b.width * (h.x + 1)) / 2, y: b.top + (b.height * (h.y + 1)) / 2 };
}

export function cursorOf(h: Handle): string {
  if (h.x === 0) return "ns-resize";
  if (h.y === 0) return "ew-resize";
  return h.x === h.y ? "nwse-resize" : "nesw-resize";
}

export function between(label: string, a: Point, b: Point, size: Size): Box {
  const x = [within(a.x, size.width), within(b.x, size.width)], y = [within(a.y, size.height), within(b.y, size.height)];
  const left = Math.min(...x), top = Math.min(...y);
  return { label, left, top, width: Math.max(...x) - left, height: Math.max(...y) - top };
}

export function moved(b: Box, by: Point, size: Size): Box {
  return { ...b, left: clamp(b.left + by.x, 0, size.width - b.width), top: clamp(b.top + by.y, 0, size.height - b.height) };
}

// resized pulls a box's handle to a point; pulling it over the other side turns the box around.
export function resized(b: Box, h: Handle, to: Point, size: Size): Box {
  const fixed = { x: h.x < 0 ? b.left + b.width : b.left, y: h.y < 0 ? b.top + b.height : b.top };
  const pulled = { x: h.x === 0 ? b.left + b.width : to.x, y: h.y === 0 ? b.top + b.height : to.y };
  return between(b.label, fixed, pulled, size);
}

// rounded has its sides on pixels, as it is saved.
export function rounded(b: Box): Box {
  const left = Math.round(b.left), top = Math.round(b.top);
  return { label: b.label, left, top, width: Math.max(1, Math.round(b.left + b.width) - left), height: Math.max(1, Math.round(b.top + b.height) - top) };
}

// under gives the smallest box that covers a point.
export function under(boxes: Box[], p: Point, slack: number): number | undefined {
  let best: number | undefined;
  boxes.forEach((b, i) => {
    const covers = p.x >= b.left - slack && p.x <= b.left + b.width + slack && p.y >= b.top - slack && p.y <= b.top + b.height + slack;
    if (covers && (best === undefined || b.width * b.height < boxes[best]!.width * boxes[best]!.height)) best = i;
  });
  return best;
}

// onEdge says that a point is on a box's border, where it can be taken hold of.
export function onEdge(b: Box, p: Point, slack: number): boolean {
  const inner = p.x > b.left + slack && p.x < b.left + b.width - slack && p.y > b.top + slack && p.y < b.top + b.height - slack;
  return !inner && under([b], p, slack) === 0;
}

const within = (v: number, most: number) => clamp(v, 0, most);

export function clamp(v: number, least: number, most: number): number {
  return Math.max(least, Math.min(v, Math.max(least, most)));
}
