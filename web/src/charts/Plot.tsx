import type { ReactNode } from "react";
import { useWide } from "./width";

export interface Scale { from: number; to: number; ticks: number[]; text: (value: number) => string }

// shares is the scale of 0 to 100 %.
export const shares: Scale = { from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1], text: (v) => `${Math.round(v * 100)}\u00a0%` };

// upTo is a scale from 0 that ends at a round number.
export function upTo(most: number, text: (value: number) => string): Scale {
  const raw = Math.max(most, 1e-9) / 4;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * unit).find((s) => s >= raw * 0.9999) ?? unit * 10;
  const ticks = [];
  for (let v = 0; v < Math.max(most, 0) + step * 0.999; v += step) ticks.push(v);
  return { from: 0, to: Math.max(ticks.at(-1)!, step), ticks, text }; // wide enough to draw in, even of nothing but 0
}

const width = 440, height = 260, left = 56, bottom = 44, top = 10, right = 20;

// Plot is a frame with axes; what is drawn in it is given its places. Its size follows its container's.
export function Plot({ x, y, xName, yName, name, children }: {
  x: Scale; y: Scale; xName: string; yName: string; name: string; children: (at: { x: (v: number) => number; y: (v: number) => number }) => ReactNode;
}) {
  const letters = useWide(600) ? 11 : 15; // units of the drawing, which shrinks on a phone
  const at = {
    x: (v: number) => left + ((v - x.from) / (x.to - x.from)) * (width - left - right),
    y: (v: number) => height - bottom - ((v - y.from) / (y.to - y.from)) * (height - bottom - top),
  };
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={name} style={{ width: "100%", maxWidth: 640, display: "block", fontSize: letters, fontFamily: "inherit" }}>
      {y.ticks.map((v) => (
        <g key={v}>
          <line x1={left} x2={width - right} y1={at.y(v)} y2={at.y(v)} stroke="currentColor" strokeOpacity={0.15} />
          <text x={left - 6} y={at.y(v) + 4} textAnchor="end" fill="currentColor" fillOpacity={0.8}>{y.text(v)}</text>
        </g>
      ))}
      {x.ticks.map((v) => (
        <text key={v} x={at.x(v)} y={height - bottom + 16} textAnchor="middle" fill="currentColor" fillOpacity={0.8}>{x.text(v)}</text>
      ))}
      <text x={(left + width - right) / 2} y={height - 6} textAnchor="middle" fill="currentColor">{xName}</text>
      <text transform={`translate(10 ${(height - bottom + top) / 2}) rotate(-90)`} textAnchor="middle" fill="currentColor">{yName}</text>
      {children(at)}
    </svg>
  );
}

// path joins points.
export const path = (points: [number, number][]) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
