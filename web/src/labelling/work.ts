import { type Entry, parse, uriOf } from "../datasets/entry";
import type { Outbox } from "./outbox";

interface Change {
  row: number;
  before: Entry;
  after: Entry;
}

interface Step {
  changes: Change[];
  at: number; // where one was, a row
}

// Work is the pictures that are being labelled, as people have left them, saved or not: their order, which of them is shown,
// and what was done, so that it can be undone. It lives outside React: a key must not wait for a page.
export class Work {
  readonly rows: Entry[] = [];
  // order holds rows as they are shown; at is a place in it, and order.length is the end.
  order: number[] = [];
  at = 0;
  // version grows with every change.
  version = 0;
  private done: Step[] = [];
  private undone: Step[] = [];
  private heard = new Set<() => void>();

  constructor(readonly outbox: Outbox) {}

  subscribe = (heard: () => void) => {
    this.heard.add(heard);
    return () => void this.heard.delete(heard);
  };

  private tell() {
    this.version++;
    for (const heard of this.heard) heard();
  }

  add(lines: string[]) {
    for (const line of lines) {
      const listed = parse(line);
      const unsaved = this.outbox.lineOf(uriOf(listed.ref));
      this.order.push(this.rows.length);
      this.rows.push(unsaved ? parse(unsaved) : listed);
    }
    this.tell();
  }

  // row is the one that is shown; undefined at the end.
  get row(): number | undefined {
    return this.order[this.at];
  }

  get entry(): Entry | undefined {
    return this.row === undefined ? undefined : this.rows[this.row];
  }

  // near gives the entries that are shown from one place to another, as far as there are any.
  near(from: number, to: number): Entry[] {
    return this.order.slice(Math.max(0, from), Math.max(0, to)).map((row) => this.rows[row]!);
  }

  go(at: number) {
    this.at = Math.max(0, Math.min(at, this.order.length));
    this.tell();
  }

  // arrange puts the pictures into an order and starts at its front.
  arrange(order: number[]) {
    this.order = order;
    this.go(0);
  }

  // change gives pictures new lines, as one step.
  change(lines: { row: number; line: string }[]) {
    const changes = lines.map(({ row, line }) => ({ row, before: this.rows[row]!, after: parse(line) }));
    if (changes.length === 0) return;
    this.done.push({ changes, at: this.row ?? changes[0]!.row });
    this.undone = [];
    this.apply(changes.map((c) => ({ row: c.row, entry: c.after })));
  }

  // undo takes the last step back and shows where it was made. It tells whether there was one.
  undo(): boolean {
    const step = this.done.pop();
    if (!step) return false;
    this.undone.push(step);
    this.at = Math.max(0, this.order.indexOf(step.at));
    this.apply(step.changes.map((c) => ({ row: c.row, entry: c.before })));
    return true;
  }

  redo(): boolean {
    const step = this.undone.pop();
    if (!step) return false;
    this.done.push(step);
    this.at = Math.max(0, this.order.indexOf(step.at));
    this.apply(step.changes.map((c) => ({ row: c.row, entry: c.after })));
    return true;
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  private apply(entries: { row: number; entry: Entry }[]) {
    for (const { row, entry } of entries) this.rows[row] = entry;
    this.outbox.put(entries.map(({ entry }) => ({ uri: uriOf(entry.ref), line: JSON.stringify(entry.source) })));
    this.tell();
  }
}

// isLabelled says whether people have said anything of a picture.
export function isLabelled(e: Entry): boolean {
  return e.labels.length > 0 || e.located;
}
