import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { type Entry, uriOf } from "../datasets/entry";
import { useChanges, useDesk } from "./desk";
import { isLabelled } from "./work";

// around is how many small pictures are shown before and after the one that is shown.
export const around = 9;

// Strip shows where one is, and what the pictures about it are labelled.
export function Strip() {
  const { work, ahead, total } = useDesk();
  useChanges(work);
  useChanges(ahead);
  const first = Math.max(0, work.at - around);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const own = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (own && list.current) list.current.scrollLeft = own.offsetLeft - (list.current.clientWidth - own.offsetWidth) / 2;
  }, [work.at]);
  return (
    <ol ref={list} className="labelling-strip" aria-label={`Pictures about this one, of ${total}`}>
      {work.near(first, work.at + around + 1).map((entry, i) => (
        <Cell key={uriOf(entry.ref)} entry={entry} bitmap={ahead.thumbnail(entry.ref)} number={first + i + 1} current={first + i === work.at} go={goOf(work)} />
      ))}
    </ol>
  );
}

// goOf is one function for one work, so that cells that stay the same are not drawn again.
const going = new WeakMap<object, (number: number) => void>();

function goOf(work: { go: (at: number) => void }) {
  let found = going.get(work);
  if (!found) going.set(work, (found = (number) => work.go(number - 1)));
  return found;
}

const Cell = memo(function Cell({ entry, bitmap, number, current, go }: { entry: Entry; bitmap?: ImageBitmap; number: number; current: boolean; go: (number: number) => void }) {
  const said = entry.labels.length > 0 ? entry.labels.join(", ") : entry.located ? (entry.boxes.length === 1 ? "1 box" : entry.boxes.length > 0 ? `${entry.boxes.length} boxes` : "nothing here") : "";
  return (
    <li>
      <button type="button" tabIndex={-1} aria-current={current || undefined} aria-label={`Picture ${number}, ${said || "not labelled"}`} onClick={() => go(number)} onMouseDown={(e) => e.preventDefault()}>
        <Small bitmap={bitmap} />
        <span className={isLabelled(entry) ? "labelling-said" : "labelling-unsaid"}>{said || "-"}</span>
      </button>
    </li>
  );
});

function Small({ bitmap }: { bitmap?: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const c = canvas.current;
    if (!c || !bitmap || bitmap.width === 0) return;
    c.width = bitmap.width;
    c.height = bitmap.height;
    c.getContext("2d")!.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} width={1} height={1} aria-hidden />;
}
