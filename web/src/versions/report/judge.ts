import type { Label, Report, Said, Test } from "./data";

// Counted is how a label, or all, does at a threshold.
export interface Counted { right: number; wrong: number; missed: number }

export const precisionOf = (c: Counted) => (c.right ? c.right / (c.right + c.wrong) : 0);
export const recallOf = (c: Counted) => (c.right ? c.right / (c.right + c.missed) : 0);
export const f1Of = (c: Counted) => (c.right ? (2 * c.right) / (2 * c.right + c.wrong + c.missed) : 0);

export const counted = (l: Label): Counted => ({ right: l.truePositives, wrong: l.falsePositives, missed: l.falseNegatives });

// countedAt is what a label would do at a threshold in hundredths.
export function countedAt(l: Label, hundredths: number): Counted {
  const right = l.sweep!.truePositives[hundredths]!;
  return { right, wrong: l.sweep!.falsePositives[hundredths]!, missed: l.truePositives + l.falseNegatives - right };
}

export interface Mean { precision: number; recall: number; f1: number }

// meanOf is the mean over labels that have test pictures.
export function meanOf(labels: Label[], of: (l: Label) => Counted): Mean {
  const there = labels.filter((l) => l.truePositives + l.falseNegatives > 0).map(of);
  const mean = (f: (c: Counted) => number) => (there.length ? there.reduce((sum, c) => sum + f(c), 0) / there.length : 0);
  return { precision: mean(precisionOf), recall: mean(recallOf), f1: mean(f1Of) };
}

// isRight says whether an answer is true.
export const isRight = (t: Test, a: Said, boxes: boolean) => (boxes ? a.finds !== undefined : (t.truth ?? []).includes(a.label));

// isAllRight says whether a test picture was answered with all that is on it and nothing else.
export function isAllRight(report: Report, t: Test): boolean {
  if (t.cells?.length) return t.cells.every(([truth, answer]) => truth === answer);
  const given = new Set((t.answers ?? []).filter((a) => a.score >= report.labels[a.label]!.threshold).map((a) => a.label));
  const truth = t.truth ?? [];
  return given.size === truth.length && truth.every((l) => given.has(l));
}

export type Turn = "found" | "false" | "lost" | "spared";

// Flip is a test picture on which another threshold changes an answer.
export interface Flip { test: Test; said: Said; turn: Turn }

// flips gives what changes when labels are answered from another score on: of all labels, or of one.
export function flips(report: Report, hundredths: number, label: number | null): Flip[] {
  const at = hundredths / 100;
  const boxes = report.task === "boxes";
  const list: Flip[] = [];
  for (const test of report.tests ?? []) {
    for (const said of test.answers ?? []) {
      if (label !== null && said.label !== label) continue;
      const before = said.score >= report.labels[said.label]!.threshold;
      const after = said.score >= at;
      if (before === after) continue;
      const right = isRight(test, said, boxes);
      list.push({ test, said, turn: after ? (right ? "found" : "false") : right ? "lost" : "spared" });
    }
  }
  return list;
}
