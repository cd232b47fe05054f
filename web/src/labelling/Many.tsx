import Button from "@cloudscape-design/components/button";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { counted } from "../datasets/amounts";
import { type Entry, uriOf, withLabels } from "../datasets/entry";
import { Thumbnail } from "../pictures/Thumbnail";
import { useChanges, useDesk } from "./desk";
import { freed, placeOf, useKeys } from "./keys";
import { LabelList } from "./LabelList";
import { SaveState } from "./SaveState";
import { Several } from "./Several";
import { isLabelled } from "./work";

const cellSide = 148;
const rowHeight = 172;

interface Frame {
  from: number; // places in the order
  to: number;
}

// Many labels many pictures at once: choose them, press a key.
export function Many({ open }: { open: (at: number) => void }) {
  const { work, listing, suggester, labels, addLabel, several, help, total } = useDesk();
  useChanges(work);
  useChanges(suggester);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set()); // rows
  const [focus, setFocus] = useState(Math.min(work.at, Math.max(0, work.order.length - 1)));
  const [frame, setFrame] = useState<Frame>();
  const [naming, setNaming] = useState(false);
  const anchor = useRef(focus);
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current!;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    sizes.observe(element);
    element.focus({ preventScroll: true });
    return () => sizes.disconnect();
  }, []);
  const columns = Math.max(2, Math.floor(width / cellSide));
  const cell = width / columns;
  const count = work.order.length;
  const lines = useVirtualizer({ count: Math.ceil(count / columns), getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 2 });
  const first = lines.getVirtualItems()[0]?.index ?? 0;
  const last = lines.getVirtualItems().at(-1)?.index ?? 0;

  useEffect(() => void listing.upTo((last + 10) * columns).catch(() => {}), [listing, last, columns, count]);
  useEffect(() => suggester?.want(work.near(first * columns, (last + 1) * columns).map((e) => e.ref)), [suggester, work, first, last, columns, count, work.order]);
  useEffect(() => lines.scrollToIndex(Math.floor(focus / columns)), [focus, columns]); // eslint-disable-line

  const entryAt = (at: number): Entry => work.rows[work.order[at]!]!;
  const framed = frame ? inFrame(frame, columns, count) : [];
  const isChosen = (at: number) => chosen.has(work.order[at]!) || framed.includes(at);
  const rows = chosen.size > 0 ? [...chosen] : count > 0 ? [work.order[focus]!] : [];

  function add(places: number[]) {
    setChosen((before) => new Set([...before, ...places.map((at) => work.order[at]!)]));
  }

  function toggle(at: number) {
    const row = work.order[at]!;
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(row)) next.add(row);
      return next;
    });
    anchor.current = at;
  }

  function label(name: string) {
    const all = rows.every((row) => work.rows[row]!.labels.includes(name));
    work.change(rows.map((row) => {
      const entry = work.rows[row]!;
      const others = entry.labels.filter((l) => l !== name);
      return { row, line: withLabels(entry, !several ? [name] : all ? others : [...others, name]) };
    }));
    setChosen(new Set());
  }

  function accept() {
    const meant = rows.map((row) => ({ row, labels: suggester?.meant(work.rows[row]!.ref, several, false).map((s) => s.label) ?? [] })).filter((m) => m.labels.length > 0);
    work.change(meant.map((m) => ({ row: m.row, line: withLabels(work.rows[m.row]!, m.labels) })));
    setChosen(new Set());
  }

  function move(by: number, extend: boolean) {
    const to = Math.max(0, Math.min(count - 1, focus + by));
    if (extend) add(span(anchor.current, to));
    else anchor.current = to;
    setFocus(to);
  }

  function took({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
    if (altKey) return false;
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() === "z") return shiftKey ? work.redo() : work.undo();
      if (key === "a") setChosen(new Set(work.order));
      else return key === "y" && work.redo();
      return true;
    }
    const name = labels[placeOf(key)];
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, j: 1, k: -1, PageDown: columns * 3, PageUp: -columns * 3 }[key];
    if (name) rows.length > 0 && label(name);
    else if (step) move(step, shiftKey);
    else if (key === " ") count > 0 && toggle(focus);
    else if (key === "Enter") suggester && rows.length > 0 ? accept() : open(focus);
    else if (key === "Escape") setChosen(new Set());
    else if (key === "u") work.undo();
    else if (key === "U") work.redo();
    else if (key === "s") move(1, false);
    else if (key === "n" || key === "/") setNaming(true);
    else if (key === "Backspace" || key === "Delete") work.change(rows.map((row) => ({ row, line: withLabels(work.rows[row]!, []) })));
    else if (key === "?") help();
    else return false;
    return true;
  }
  useKeys(took);

  const placeUnder = (event: React.MouseEvent) => {
    const area = scroller.current!.getBoundingClientRect();
    const column = Math.max(0, Math.min(columns - 1, Math.floor((event.clientX - area.left) / cell)));
    return Math.max(0, Math.min(count - 1, Math.floor((event.clientY - area.top + scroller.current!.scrollTop) / rowHeight) * columns + column));
  };

  function press(event: React.PointerEvent) {
    if (event.button !== 0 || event.pointerType === "touch" || event.clientX > scroller.current!.getBoundingClientRect().left + width) return; // a finger scrolls
    scroller.current!.setPointerCapture(event.pointerId);
    const at = placeUnder(event);
    setFrame({ from: at, to: at });
  }

  function release() {
    if (!frame) return;
    if (frame.from !== frame.to) add(framed);
    setFrame(undefined);
  }

  function click(event: React.MouseEvent, at: number) {
    if (event.shiftKey) add(span(anchor.current, at));
    else toggle(at);
    setFocus(at);
  }

  const on = labels.filter((l) => rows.length > 0 && rows.every((row) => work.rows[row]!.labels.includes(l)));
  return (
    <div className="labelling-desk">
      <div className="labelling-stage">
        <div
          ref={scroller} className="labelling-many" role="listbox" aria-multiselectable aria-label={`${counted(total, "picture")}: choose, then press a label's key`} tabIndex={0}
          aria-activedescendant={count > 0 ? `many-${focus}` : undefined}
          onPointerDown={press} onPointerMove={(e) => frame && setFrame({ ...frame, to: placeUnder(e) })} onPointerCancel={() => setFrame(undefined)}
          onPointerUp={(e) => {
            const single = frame && frame.from === frame.to ? frame.from : undefined;
            release();
            if (single !== undefined) click(e, single);
          }}
          onDoubleClick={(e) => open(placeUnder(e))}
        >
          <div role="presentation" style={{ height: lines.getTotalSize(), position: "relative" }}>
            {lines.getVirtualItems().map((line) => Array.from({ length: Math.min(columns, count - line.index * columns) }, (_, i) => {
              const at = line.index * columns + i, entry = entryAt(at);
              const meant = suggester && !isLabelled(entry) ? suggester.meant(entry.ref, several, false) : [];
              return (
                <div
                  key={uriOf(entry.ref)} id={`many-${at}`} role="option" aria-selected={isChosen(at)} data-focus={at === focus} className="labelling-cell"
                  aria-label={`Picture ${at + 1}, ${entry.labels.join(", ") || "not labelled"}`}
                  onClick={(e) => (e.nativeEvent as PointerEvent).pointerType === "touch" && click(e, at)}
                  style={{ position: "absolute", left: i * cell, top: line.start, width: cell, height: rowHeight }}
                >
                  <Thumbnail picture={entry.ref} side={256} alt="" style={{ height: rowHeight - 34, borderRadius: 6 }} />
                  <div className={entry.labels.length > 0 ? "labelling-said" : "labelling-unsaid"}>
                    {entry.labels.join(", ") || (meant.length > 0 ? `${meant.map((m) => `${m.label} ${Math.round(m.confidence)}%`).join(", ")}?` : entry.located ? counted(entry.boxes.length, "box", "boxes") : "-")}
                  </div>
                </div>
              );
            }))}
          </div>
        </div>
        <div className="labelling-stepper">
          <Button iconName="undo" ariaLabel="Undo" disabled={!work.canUndo} onClick={() => work.undo()} />
          <Button iconName="redo" ariaLabel="Redo" disabled={!work.canRedo} onClick={() => work.redo()} />
          <span className="labelling-where" aria-live="polite">{chosen.size > 0 ? `${chosen.size} chosen` : "None chosen: a key labels the framed one"}</span>
          {chosen.size > 0 && <Button onClick={() => setChosen(new Set())}>Choose none</Button>}
          {suggester && chosen.size > 0 && <Button onClick={accept}>Accept suggestions</Button>}
          <SaveState outbox={work.outbox} />
          <Button iconName="keyboard" ariaLabel="Keys" onClick={freed(help)} />
        </div>
      </div>
      <aside className="labelling-side">
        <Several />
        <LabelList
          title={rows.length > 1 ? `Label ${rows.length} pictures` : "Labels"} labels={labels} on={on} choose={(l) => rows.length > 0 && label(l)} naming={naming} setNaming={setNaming}
          add={(l) => { addLabel(l); if (rows.length > 0) label(l); }}
        />
      </aside>
    </div>
  );
}

const span = (a: number, b: number) => Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => Math.min(a, b) + i);

// inFrame gives the places of the rectangle that was dragged.
function inFrame({ from, to }: Frame, columns: number, count: number): number[] {
  if (from === to) return [];
  const [left, right] = [from % columns, to % columns].sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [Math.floor(from / columns), Math.floor(to / columns)].sort((a, b) => a - b) as [number, number];
  return span(top, bottom).flatMap((y) => span(left, right).map((x) => y * columns + x)).filter((at) => at < count);
}
