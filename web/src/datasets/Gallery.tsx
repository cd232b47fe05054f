import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Cell } from "./Cell";
import "./gallery.css";
import type { Listing } from "./listing";
import type { Selection } from "./selection";

const least = 150; // pixels that a picture has at least
const words = 48; // below it
const ahead = 400; // entries that are read before they are on the screen

// Gallery shows the entries of a listing as far as they are on the screen. count is how many there are going to be.
export function Gallery({ listing, count, selection, open }: { listing: Listing; count: number; selection: Selection; open: (i: number) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [above, setAbove] = useState(0);
  const [active, setActive] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      setWidth(frame.current!.clientWidth);
      setAbove(frame.current!.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(frame.current!);
    watcher.observe(document.body); // what is above may grow
    return () => watcher.disconnect();
  }, []);

  const columns = Math.max(2, Math.floor(width / least));
  const side = width / columns;
  const height = Math.round(Math.min(side, 240) * 0.8) + words;
  const rows = useWindowVirtualizer({ count: Math.ceil(count / columns), estimateSize: () => height, overscan: 2, scrollMargin: above });
  useEffect(() => rows.measure(), [rows, height]);
  const shown = rows.getVirtualItems();
  const last = ((shown.at(-1)?.index ?? 0) + 1) * columns;
  useEffect(() => listing.want(last + ahead), [listing, last]);
  useEffect(() => setActive(0), [listing]);

  function go(to: number, extend: boolean) {
    const i = Math.max(0, Math.min(listing.length - 1, to));
    setActive(i);
    rows.scrollToIndex(Math.floor(i / columns), { align: "auto" });
    if (extend) selection.extend(i);
    else selection.from(i);
  }

  function key(event: KeyboardEvent) {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -4 * columns, PageDown: 4 * columns, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step !== undefined) go(active + step, event.shiftKey);
    else if (event.key === " ") selection.toggle(active);
    else if (event.key === "Enter") open(active);
    else if (event.key === "Escape") selection.clear();
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) selection.all();
    else return;
    event.preventDefault();
  }

  function click(event: MouseEvent) {
    const at = (event.target as Element).closest<HTMLElement>("[data-i]");
    if (!at) return;
    const i = Number(at.dataset.i);
    setActive(i);
    if (event.shiftKey) selection.extend(i);
    else if (event.ctrlKey || event.metaKey || selection.size > 0 || (event.target as Element).closest("[data-tick]")) selection.toggle(i);
    else open(i);
  }

  const cells = useMemo(() => shown.flatMap((row) => Array.from({ length: Math.min(columns, count - row.index * columns) }, (_, c) => ({ i: row.index * columns + c, left: c * side, top: row.start - above }))), [shown, columns, count, side, above]);
  return (
    <div
      ref={frame}
      className={selection.size > 0 ? "gallery selecting" : "gallery"}
      style={{ height: rows.getTotalSize() }}
      role="listbox"
      aria-multiselectable
      aria-label="Pictures"
      aria-activedescendant={listing.length > 0 ? `picture-${active}` : undefined}
      tabIndex={0}
      onKeyDown={key}
      onClick={click}
    >
      {width > 0 && cells.map(({ i, left, top }) => (
        <Placed key={i} i={i} of={count} listing={listing} left={left} top={top} width={side} height={height} selected={selection.has(i)} active={i === active} />
      ))}
    </div>
  );
}

// Placed keeps a cell's place the same object while it does not move.
function Placed({ i, of, listing, left, top, width, height, selected, active }: { i: number; of: number; listing: Listing; left: number; top: number; width: number; height: number; selected: boolean; active: boolean }) {
  const place = useMemo(() => ({ left, top, width, height }), [left, top, width, height]);
  return <Cell i={i} of={of} entry={listing.entry(i)} place={place} selected={selected} active={active} />;
}
