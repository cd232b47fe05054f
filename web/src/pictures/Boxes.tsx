import type { Box } from "../datasets/entry";

// colours tell labels apart on pictures, on light and on dark ground.
const colours = ["#ffb000", "#3ecf8e", "#4aa8ff", "#ff6b6b", "#c68cff", "#b98b5e", "#28d7d7", "#ff7ac6", "#b5d334", "#9aa9ff"];

// colourOf is the same for a label on every page.
export function colourOf(label: string): string {
  let hash = 0;
  for (const c of label) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return colours[hash % colours.length]!;
}

export interface Drawn extends Box {
  dashed?: boolean; // what a model says, beside what people said
  note?: string;
}

// Boxes draws boxes over a picture of the given size in pixels; its parent has the picture's place.
export function Boxes({ boxes, size, names = true }: { boxes: Drawn[]; size: { width: number; height: number }; names?: boolean }) {
  const unit = Math.max(size.width, size.height) / 400;
  return (
    <svg viewBox={`0 0 ${size.width} ${size.height}`} style={{ position: "absolute", inset: 0, width: "100%", height: "100%", pointerEvents: "none" }} aria-hidden>
      {boxes.map((b, i) => (
        <g key={i}>
          <rect x={b.left} y={b.top} width={b.width} height={b.height} fill="none" stroke="#000" strokeOpacity={0.6} strokeWidth={unit * 3.2} />
          <rect x={b.left} y={b.top} width={b.width} height={b.height} fill="none" stroke={colourOf(b.label)} strokeWidth={unit * 1.8} strokeDasharray={b.dashed ? `${unit * 6} ${unit * 4}` : undefined} />
          {names && (
            <text x={b.left + unit * 3} y={Math.max(b.top - unit * 4, unit * 12)} fontSize={unit * 13} fontFamily="system-ui" fill={colourOf(b.label)} stroke="#000" strokeWidth={unit * 3} paintOrder="stroke">
              {b.note ? `${b.label} ${b.note}` : b.label}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}
