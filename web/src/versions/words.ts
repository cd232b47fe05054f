// Numbers as people read them. A no-break space keeps them on one line with their unit.

export const figure = (f: number) => (f >= 0.9995 && f < 1 ? "0.999" : f > 0 && f < 0.0005 ? "0.001" : f.toFixed(3));

export const percent = (f: number) => (f > 0 && f < 0.01 ? "<\u00a01\u00a0%" : f < 1 && f > 0.99 ? ">\u00a099\u00a0%" : `${Math.round(f * 100)}\u00a0%`);

export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// lasting tells a time in seconds: 42 s, 3 min 20 s, 1 h 5 min.
export function lasting(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}\u00a0s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s}\u00a0s`;
  if (s < 3600) return `${Math.floor(s / 60)}\u00a0min ${s % 60}\u00a0s`;
  return `${Math.floor(s / 3600)}\u00a0h ${Math.floor((s % 3600) / 60)}\u00a0min`;
}

export function sized(bytes: number): string {
  if (bytes < 1000) return `${bytes}\u00a0B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)}\u00a0KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)}\u00a0MB` : `${(bytes / 1e9).toFixed(2)}\u00a0GB`;
}

// sure tells how sure a figure is.
export const sure = (i?: { low: number; high: number }) => (i ? `${i.low.toFixed(2)} to ${i.high.toFixed(2)}` : "");
