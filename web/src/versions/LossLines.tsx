import { Lines } from "../charts/Lines";
import { upTo } from "../charts/Plot";

export interface Series { name: string; points?: { step: number; loss: number }[] }

// LossLines draws what the steps of trainings lost; nothing while there is no line.
export function LossLines({ losses }: { losses: Series[] }) {
  const lines = losses.filter((l) => (l.points?.length ?? 0) > 1)
    .map((l) => ({ name: l.name.charAt(0).toUpperCase() + l.name.slice(1), points: l.points!.map((p): [number, number] => [p.step, p.loss]) }));
  if (!lines.length) return null;
  const most = (i: 0 | 1) => Math.max(...lines.flatMap((l) => l.points.map((p) => p[i])));
  return <Lines name="Loss over the steps of training" lines={lines} x={upTo(most(0), (v) => String(Math.round(v)))} y={upTo(most(1), (v) => String(Number(v.toPrecision(3))))} xName="Step" yName="Loss" />;
}
