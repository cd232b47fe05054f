import type { ListDatasetEntriesCommandInput, RekognitionClient } from "@aws-sdk/client-rekognition";
import { type Entry, parse } from "./entry";
import { page } from "./page";
import { pause } from "./patience";

export interface Filter {
  labels: string[]; // any of them
  state: "all" | "labelled" | "unlabelled" | "errors" | "boxes";
  name: string;
}

// Listing is a dataset's entries, read page by page as far as they are wanted. A list of 100,000 grows by a page at a time, and each
// line is understood only when it is looked at: that is why it does not lie in the cache of queries.
export class Listing {
  done = false;
  waiting = false; // for the server, or for an update of the dataset to end
  thrown: unknown;
  private readonly lines: string[] = [];
  private readonly parsed: (Entry | undefined)[] = [];
  private wanted = 0;
  private reading = false;
  private token?: string;
  private readonly stopper = new AbortController();
  private readonly listeners = new Set<() => void>();
  private changes = 0;

  constructor(private readonly rekognition: RekognitionClient, readonly arn: string, private readonly filter: Filter) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.changes;

  private told() {
    this.changes++;
    for (const listener of this.listeners) listener();
  }

  get length() {
    return this.lines.length;
  }

  entry(i: number): Entry | undefined {
    const line = this.lines[i];
    return line === undefined ? undefined : (this.parsed[i] ??= parse(line));
  }

  // replace puts other lines in the place of those of the same pictures.
  replace(changed: Map<number, string>) {
    for (const [i, line] of changed) {
      this.lines[i] = line;
      this.parsed[i] = undefined;
    }
    this.told();
  }

  // want reads on until there are n entries, or all. It resolves at once: what comes is told to subscribers.
  want(n: number) {
    this.wanted = Math.max(this.wanted, n);
    if (!this.reading && !this.done && !this.stopper.signal.aborted && this.lines.length < this.wanted) void this.read();
  }

  // all waits until everything is there.
  async all(): Promise<void> {
    this.want(Infinity);
    while (!this.done && !this.thrown) await pause(50, this.stopper.signal);
    if (this.thrown) throw this.thrown;
  }

  again() {
    this.thrown = undefined;
    this.want(this.wanted);
    this.told();
  }

  stop() {
    this.stopper.abort();
  }

  private async read() {
    this.reading = true;
    const { signal } = this.stopper;
    try {
      while (!this.done && this.lines.length < this.wanted) {
        const got = await page(this.rekognition, { DatasetArn: this.arn, NextToken: this.token, ...asked(this.filter) }, { signal, waiting: (waiting) => this.wait(waiting) });
        if (signal.aborted) return;
        for (const line of got.DatasetEntries ?? []) {
          if (this.filter.state === "boxes" && parse(line).boxes.length === 0) continue;
          this.lines.push(line);
        }
        this.token = got.NextToken;
        this.done = !got.NextToken;
        this.waiting = false;
        this.told();
      }
    } catch (thrown) {
      if (!signal.aborted) this.thrown = thrown;
    } finally {
      this.reading = false;
      this.told();
    }
  }

  private wait(waiting: boolean) {
    this.waiting = waiting;
    this.told();
  }
}

function asked(f: Filter): Partial<ListDatasetEntriesCommandInput> {
  return {
    ContainsLabels: f.labels.length > 0 ? f.labels.slice(0, 10) : undefined,
    Labeled: f.state === "labelled" || f.state === "boxes" ? true : f.state === "unlabelled" ? false : undefined,
    HasErrors: f.state === "errors" ? true : undefined,
    SourceRefContains: f.name.trim() || undefined,
  };
}

export const nameOf = (e: Entry) => e.ref.key.slice(e.ref.key.lastIndexOf("/") + 1);
