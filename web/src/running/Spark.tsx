import { useId } from "react";

const width = 120, height = 32;

// Spark is a line of the last hour, a value a minute. The text says what it shows to those who do not see it.
export function Spark({ values, text, colour = "#3b82d6", gaps = false }: { values: number[]; text: string; colour?: string; gaps?: boolean }) {
  const title = useId();
  const most = Math.max(...values);
  const x = (i: number) => (i / (values.length - 1)) * width;
  const y = (v: number) => height - 2 - (most > 0 ? (v / most) * (height - 6) : 0);
  // Where nothing was measured, as of a response time, the line has gaps; a count is 0 there.
  const runs: number[][] = [[]];
  if (most > 0) values.forEach((v, i) => (gaps && v === 0 ? runs.push([]) : runs.at(-1)!.push(i)));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-labelledby={title} style={{ width: "100%", height, display: "block", color: colour }}>
      <title id={title}>{text}</title>
      <line x1={0} x2={width} y1={height - 1} y2={height - 1} stroke="currentColor" strokeOpacity={0.35} vectorEffect="non-scaling-stroke" />
      {runs.filter((run) => run.length > 0).map((run) => {
        const line = run.map((i, n) => `${n ? "L" : "M"}${x(i).toFixed(1)} ${y(values[i]!).toFixed(1)}`).join("");
        return (
          <g key={run[0]}>
            <path d={`${line}L${x(run.at(-1)!).toFixed(1)} ${height - 1}L${x(run[0]!).toFixed(1)} ${height - 1}Z`} fill="currentColor" fillOpacity={0.15} />
            <path d={run.length === 1 ? `${line}h0.01` : line} fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
          </g>
        );
      })}
    </svg>
  );
}
