import { type Entry, uriOf, withBoxes, withLabels } from "../datasets/entry";
import type { Report, ToldBox } from "../versions/report/data";
import { overlap } from "./doubt";

// Suspect is a label or a box of which a model says that it is wrong, or missing.
export interface Suspect {
  id: number; // its place in the report
  given: string; // empty where something is missing
  suggested: string; // empty where something is too much
  confidence: number; // 0 to 1
  boxes: ToldBox[];
}

interface Size { width: number; height: number }

// Review is the likely wrong labels of a report, and which of them people have kept all the same. That is remembered in this
// browser.
export class Review {
  readonly boxed: boolean;
  readonly pictures: string[]; // each once, the most certain first
  private suspects = new Map<string, Suspect[]>();
  private kept: Set<number>;
  private heard = new Set<() => void>();
  private key: string;
  version = 0;

  constructor(report: Report, readonly model: string, arn: string) {
    this.boxed = report.task === "boxes";
    (report.wrongLabels ?? []).forEach((w, id) => {
      const uri = w.picture.name;
      this.suspects.set(uri, [...(this.suspects.get(uri) ?? []), { id, given: w.given, suggested: w.suggested, confidence: w.confidence, boxes: w.boxes ?? [] }]);
    });
    this.pictures = [...this.suspects.keys()];
    this.key = `ownsight.labelling kept ${arn}`;
    this.kept = new Set(JSON.parse(localStorage.getItem(this.key) ?? "[]") as number[]);
  }

  subscribe = (heard: () => void) => {
    this.heard.add(heard);
    return () => void this.heard.delete(heard);
  };

  of(e: Entry): Suspect[] {
    return this.suspects.get(uriOf(e.ref)) ?? [];
  }

  // open is the first that nobody has decided on.
  open(e: Entry): Suspect | undefined {
    return this.of(e).find((s) => !this.kept.has(s.id) && stands(e, s));
  }

  isKept(s: Suspect): boolean {
    return this.kept.has(s.id);
  }

  keep(s: Suspect) {
    this.kept.add(s.id);
    this.store();
  }

  decideAgain(e: Entry) {
    for (const s of this.of(e)) this.kept.delete(s.id);
    this.store();
  }

  private store() {
    localStorage.setItem(this.key, JSON.stringify([...this.kept]));
    this.version++;
    for (const heard of this.heard) heard();
  }
}

const placed = (b: ToldBox, size: Size) => ({ label: b.label, left: b.left * size.width, top: b.top * size.height, width: b.width * size.width, height: b.height * size.height });

// doubtful finds the box that a suspect is about, among those that people have drawn; -1 where there is none.
export function doubtful(e: Entry, s: Suspect, size: Size): number {
  const was = s.boxes.find((b) => b.kind === "truth-missed");
  if (!was) return -1;
  return e.boxes.findIndex((b) => b.label === s.given && overlap(b, placed(was, size)) > 0.5);
}

// missing is the box that a model would draw.
export function missing(s: Suspect, size: Size) {
  const found = s.boxes.find((b) => b.kind === "answer-wrong");
  return found && { ...placed(found, size), label: s.suggested };
}

// stands says that what a model doubts is still so.
export function stands(e: Entry, s: Suspect): boolean {
  if (s.boxes.length > 0) {
    if (!e.size) return false;
    if (s.given) return doubtful(e, s, e.size) >= 0;
    const box = missing(s, e.size)!;
    return !e.boxes.some((b) => b.label === s.suggested && overlap(b, box) > 0.5);
  }
  return s.given ? e.labels.includes(s.given) : !e.labels.includes(s.suggested);
}

// corrected is the line of an entry as the model would have it.
export function corrected(e: Entry, s: Suspect): string {
  if (s.boxes.length > 0 && e.size) {
    const at = s.given ? doubtful(e, s, e.size) : -1;
    if (at >= 0) return withBoxes(e, e.size, e.boxes.map((b, i) => (i === at ? { ...b, label: s.suggested } : b)));
    return withBoxes(e, e.size, [...e.boxes, missing(s, e.size)!]);
  }
  return withLabels(e, [...e.labels.filter((l) => l !== s.given && l !== s.suggested), ...(s.suggested ? [s.suggested] : [])]);
}
