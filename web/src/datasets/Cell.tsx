import { memo, useEffect, useState } from "react";
import { Boxes, colourOf } from "../pictures/Boxes";
import { remembered } from "../pictures/store";
import { Thumbnail } from "../pictures/Thumbnail";
import type { Entry } from "./entry";
import { faultsOf } from "./faults";
import { nameOf } from "./listing";

export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

// Cell is a picture of the gallery. It is drawn again only when what it shows has changed.
export const Cell = memo(function Cell({ i, of, entry, place, selected, active }: { i: number; of: number; entry?: Entry; place: Place; selected: boolean; active: boolean }) {
  const style = { width: place.width, height: place.height, transform: `translate(${place.left}px, ${place.top}px)` };
  if (!entry) {
    return (
      <div className="gallery-cell" style={style} role="presentation">
        <div className="gallery-frame" aria-busy="true" />
      </div>
    );
  }
  const faults = faultsOf(entry).length;
  const words = entry.located ? boxWords(entry) : entry.labels.join(", ");
  return (
    <div id={`picture-${i}`} data-i={i} className={active ? "gallery-cell active" : "gallery-cell"} style={style} role="option" aria-selected={selected} aria-posinset={i + 1} aria-setsize={of}>
      <div className="gallery-frame">
        <Rested picture={entry.ref} alt="" style={{ width: "100%", height: "100%" }} over={entry.boxes.length > 0 ? (size) => <Boxes boxes={entry.boxes} size={entry.size ?? size} names={false} /> : undefined} />
        <span className="gallery-tick" data-tick aria-hidden>{selected ? "✓" : ""}</span>
        {faults > 0 && <span className="gallery-fault">error</span>}
      </div>
      <div className="gallery-words">
        {words ? (
          <div title={words}><span className="gallery-dot" style={{ background: colourOf(entry.boxes[0]?.label ?? entry.labels[0] ?? "") }} />{words}</div>
        ) : (
          <div className="none">unlabelled</div>
        )}
        <div className="name" title={entry.ref.key}>{nameOf(entry)}</div>
      </div>
    </div>
  );
});

const rest = 120; // milliseconds
const side = 256; // pixels

// Rested loads a picture once it has been on the screen for a moment: what flies past is not worth its bytes.
function Rested(props: Parameters<typeof Thumbnail>[0]) {
  const [rested, set] = useState(() => remembered(props.picture, side) !== undefined);
  useEffect(() => {
    const timer = setTimeout(() => set(true), rest);
    return () => clearTimeout(timer);
  }, []);
  return rested ? <Thumbnail {...props} side={side} /> : null;
}

function boxWords(e: Entry): string {
  const counts = new Map<string, number>();
  for (const b of e.boxes) counts.set(b.label, (counts.get(b.label) ?? 0) + 1);
  const boxes = [...counts].map(([label, n]) => (n > 1 ? `${n} ${label}` : label));
  return boxes.length > 0 ? boxes.join(", ") : e.labels.join(", ") || "no objects";
}
