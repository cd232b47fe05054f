export const count = (n: number) => n.toLocaleString("en");

export const counted = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

// size and duration have no-break spaces: a number stays on one line with its unit.
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes}\u00a0B`;
  const units = ["KB", "MB", "GB", "TB"];
  let i = -1;
  for (; bytes >= 999.5 && i < units.length - 1; i++) bytes /= 1000;
  return `${bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)}\u00a0${units[i]}`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}\u00a0s`;
  if (s < 3600) return `${Math.floor(s / 60)}\u00a0min ${s % 60}\u00a0s`;
  return `${Math.floor(s / 3600)}\u00a0h ${Math.floor((s % 3600) / 60)}\u00a0min`;
}
