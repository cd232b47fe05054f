import { path, Plot, type Scale } from "./Plot";

export interface Line {
  name: string;
  points: [x: number, y: number][];
  mark?: [x: number, y: number];
}

// colours are told apart on light and on dark ground, next to each other in this order.
const colours = ["#3b82d6", "#d9622b", "#2a9d6f", "#b061cf", "#cf4660", "#8f8430"];

const colourAt = (i: number) => colours[i % colours.length]!;

// Lines draws lines with a legend below.
export function Lines({ lines, x, y, xName, yName, name }: { lines: Line[]; x: Scale; y: Scale; xName: string; yName: string; name: string }) {
  return (
    <div>
      <Plot x={x} y={y} xName={xName} yName={yName} name={name}>
        {(at) =>
          lines.map((l, i) => (
            <g key={l.name}>
              <path d={path(l.points.map(([px, py]) => [at.x(px), at.y(py)]))} fill="none" stroke={colourAt(i)} strokeWidth={2} strokeLinejoin="round"><title>{l.name}</title></path>
              {l.mark && <circle cx={at.x(l.mark[0])} cy={at.y(l.mark[1])} r={4} fill={colourAt(i)} stroke="currentColor" />}
            </g>
          ))
        }
      </Plot>
      <ul aria-hidden style={{ listStyle: "none", padding: 0, margin: "4px 0 0", display: "flex", flexWrap: "wrap", gap: "2px 14px", fontSize: 12 }}>
        {lines.map((l, i) => (
          <li key={l.name}><span style={{ display: "inline-block", width: 10, height: 10, background: colourAt(i), marginRight: 5 }} />{l.name}</li>
        ))}
      </ul>
    </div>
  );
}
