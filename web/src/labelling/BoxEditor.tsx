import { type Ref, useEffect, useRef, useState } from "react";
import type { Box } from "../datasets/entry";
import { colourOf } from "../pictures/Boxes";
import type { Ready } from "./ahead";
import { between, cursorOf, type Handle, handleAt, handles, moved, onEdge, type Point, resized, rounded, under } from "./geometry";
import { type View, Viewport, type ViewportHandle } from "./Viewport";

// Chosen is the box that keys and handles belong to. One that was just drawn does not keep the next from being drawn inside
// it; one that was clicked can be dragged.
export interface Chosen {
  index: number;
  held: boolean;
}

type Drag =
  | { kind: "draw"; from: Point; box?: Box }
  | { kind: "move"; from: Point; index: number; box: Box; was: Box }
  | { kind: "resize"; handle: Handle; index: number; box: Box; was: Box };

export interface Suggested extends Box {
  confidence: number;
}

interface Props {
  picture: Ready;
  name: string;
  label: string;
  boxes: Box[];
  suggested: Suggested[];
  // drawing is the label of the next box.
  drawing: string | undefined;
  chosen: Chosen | undefined;
  choose: (c: Chosen | undefined) => void;
  change: (boxes: Box[], chosen: Chosen | undefined) => void;
  accept: (s: Suggested) => void;
  handle: Ref<ViewportHandle>;
}

const least = 4; // pixels of the screen that a press must move to be a drag

// BoxEditor draws, moves and resizes boxes by mouse, pen or finger.
export function BoxEditor({ picture, name, label, boxes, suggested, drawing, chosen, choose, change, accept, handle }: Props) {
  const [drag, setDrag] = useState<Drag>();
  const [hover, setHover] = useState<string>("crosshair");
  const current = useRef<Drag>();
  const set = (d: Drag | undefined) => setDrag((current.current = d));
  useEffect(() => set(undefined), [name]); // eslint-disable-line

  const own = chosen === undefined ? undefined : boxes[chosen.index];

  function grip(at: Point, event: React.PointerEvent, view: View): Drag | undefined {
    if (!own || event.shiftKey) return undefined;
    const reach = (event.pointerType === "touch" ? 20 : 9) / view.k;
    const handle = handles.find((h) => {
      const p = handleAt(own, h);
      return Math.abs(p.x - at.x) <= reach && Math.abs(p.y - at.y) <= reach;
    });
    if (handle) return { kind: "resize", handle, index: chosen!.index, box: own, was: own };
    if (onEdge(own, at, reach / 2) || (chosen!.held && under([own], at, 0) === 0)) return { kind: "move", from: at, index: chosen!.index, box: own, was: own };
    return undefined;
  }

  function press(at: Point, event: React.PointerEvent, view: View) {
    set(grip(at, event, view) ?? { kind: "draw", from: at });
  }

  function pull(at: Point, event: React.PointerEvent, view: View) {
    const d = current.current;
    if (!d) {
      const g = grip(at, event, view);
      setHover(!g ? "crosshair" : g.kind === "resize" ? cursorOf(g.handle) : "move");
    } else if (d.kind === "resize") set({ ...d, box: resized(d.was, d.handle, at, picture) });
    else if (d.kind === "move") set({ ...d, box: moved(d.was, { x: at.x - d.from.x, y: at.y - d.from.y }, picture) });
    else if (d.box || Math.hypot(at.x - d.from.x, at.y - d.from.y) * view.k >= least) set({ ...d, box: between(drawing ?? "", d.from, at, picture) });
  }

  function release(at: Point, _: React.PointerEvent, view: View) {
    const d = current.current;
    set(undefined);
    if (!d) return;
    if (d.kind !== "draw") {
      if (d.box !== d.was) change(boxes.map((b, i) => (i === d.index ? rounded(d.box) : b)), { index: d.index, held: d.kind === "move" ? true : chosen!.held });
    } else if (d.box && d.box.width * view.k >= least && d.box.height * view.k >= least) {
      change([...boxes, rounded(d.box)], { index: boxes.length, held: false });
    } else if (!d.box) click(at, view);
  }

  function click(at: Point, view: View) {
    const found = under(boxes, at, 3 / view.k);
    const offered = under(suggested, at, 3 / view.k);
    if (found === undefined && offered !== undefined) accept(suggested[offered]!);
    else choose(found === undefined ? undefined : { index: found, held: true });
  }

  const shown = boxes.map((b, i) => (drag && drag.kind !== "draw" && drag.index === i ? drag.box : b));
  const held = chosen === undefined ? undefined : shown[chosen.index];
  return (
    <Viewport
      picture={picture} name={name} label={label} handle={handle} onPress={press} onDrag={pull} onRelease={release} onCancel={() => set(undefined)}
      style={{ cursor: hover }}
      over={(view) => (
        <svg aria-hidden className="labelling-boxes">
          {suggested.map((s, i) => <Outline key={`s${i}`} box={s} view={view} dashed note={`${Math.round(s.confidence)}%`} />)}
          {shown.map((b, i) => <Outline key={i} box={b} view={view} strong={i === chosen?.index} />)}
          {drag?.kind === "draw" && drag.box && <Outline box={drag.box} view={view} strong />}
          {held && handles.map((h) => {
            const p = handleAt(held, h);
            return <rect key={`${h.x} ${h.y}`} className="labelling-handle" x={p.x * view.k + view.x - 4} y={p.y * view.k + view.y - 4} width={8} height={8} />;
          })}
        </svg>
      )}
    />
  );
}

// Outline has lines and letters of the same size however near the picture is.
function Outline({ box, view, strong, dashed, note }: { box: Box; view: View; strong?: boolean; dashed?: boolean; note?: string }) {
  const x = box.left * view.k + view.x, y = box.top * view.k + view.y, width = box.width * view.k, height = box.height * view.k;
  const colour = colourOf(box.label);
  return (
    <g>
      <rect x={x} y={y} width={width} height={height} fill={colour} fillOpacity={strong ? 0.18 : 0} stroke="#000" strokeOpacity={0.6} strokeWidth={strong ? 5 : 3.5} />
      <rect x={x} y={y} width={width} height={height} fill="none" stroke={colour} strokeWidth={strong ? 3 : 2} strokeDasharray={dashed ? "6 4" : undefined} />
      <text x={x + 3} y={y > 16 ? y - 5 : y + 14} className="labelling-name" fill={colour}>{note ? `${box.label} ${note}` : box.label}</text>
    </g>
  );
}
