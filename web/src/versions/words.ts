// Numbers as people read them.

export const figure = (f: number) => (f >= 0.9995 && f < 1 ? "0.999" : f > 0 && f < 0.0005 ? "0.001" : f.toFixed(3));

export const percent = (f: number) => (f > 0 && f < 0.01 ? "< 1 %" : f < 1 && f > 0.99 ? "> 99 %" : `${Math.round(f * 100)} %`);

export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// lasting tells a time in seconds: 42 s, 3 min 20 s, 1 h 5 min.
export function lasting(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function sized(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

// sure tells how sure a figure is.
export const sure = (i?: { low: number; high: number }) => (i ? `${i.low.toFixed(2)} to ${i.high.toFixed(2)}` : "");
