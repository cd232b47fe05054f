import type { RekognitionClient } from "@aws-sdk/client-rekognition";
import { change, type Watch } from "./change";
import { type Entry, parse, withBoxes, withLabels } from "./entry";
import { linesOf, plainLine } from "./exporting";

// renamed gives the line of an entry on which one label has another name, or is gone. undefined: the entry does not have it.
export function renamed(e: Entry, from: string, to: string | undefined): string | undefined {
  const labels = e.labels.includes(from), boxes = e.boxes.some((b) => b.label === from) && e.size;
  if (!labels && !boxes) return undefined;
  const named = (label: string) => (label === from ? to : label);
  let line = plainLine(e.source);
  if (labels) line = withLabels(parse(line), [...new Set(e.labels.map(named).filter((l) => l !== undefined))]);
  if (boxes) line = withBoxes(parse(line), boxes, e.boxes.flatMap((b) => (named(b.label) === undefined ? [] : [{ ...b, label: named(b.label)! }])));
  return line;
}

// rename gives a label another name, or takes it away, on all pictures of some datasets. It tells on how many.
export async function rename(rekognition: RekognitionClient, arns: string[], from: string, to: string | undefined, told: (doing: string) => void, watch: Watch & { signal: AbortSignal }): Promise<number> {
  let changed = 0;
  for (const arn of arns) {
    const lines = await linesOf(rekognition, arn, (n) => told(`Reading the dataset, ${n.toLocaleString("en")} so far`), watch.signal, [from]);
    const next = lines.map((line) => renamed(parse(line), from, to)).filter((line) => line !== undefined);
    await change(rekognition, arn, next, { ...watch, progress: (done) => told(`Changing the labels, ${done.toLocaleString("en")} of ${next.length.toLocaleString("en")}`) });
    changed += next.length;
  }
  return changed;
}
