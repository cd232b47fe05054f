import type { RekognitionClient } from "@aws-sdk/client-rekognition";
import type { S3Client } from "@aws-sdk/client-s3";
import { troubleOf } from "../../session/remedy";
import { uriOf } from "../entry";
import { patiently } from "../patience";
import { add, type Addition, datasetOf } from "./additions";
import { ensureBucket, sizesBelow } from "./bucket";
import type { Ready } from "./check";
import type { Problem } from "./problem";
import { forget, note } from "./interrupted";
import { type Places, placesOf } from "./places";
import { likely } from "./reducing";
import type { Split } from "./split";
import { Transfer } from "./transfer";

export interface Clients {
  rekognition: RekognitionClient;
  s3: S3Client;
}

export interface Order {
  project: string;
  name: string; // of what was dropped
  bucket: string;
  prefix: string; // with a slash at its end, or empty
  ready: Ready[];
}

// Progress is how far a run is, for the page to show.
export interface Progress {
  phase: "looking" | "uploading" | "adding" | "done" | "stopped" | "failed";
  paused: boolean;
  waiting: boolean; // for the server to answer
  locked?: string; // why someone has to sign in before it goes on
  files: number;
  filesDone: number;
  skipped: number; // were there already
  bytes: number; // that are uploaded, not those of the originals
  about: boolean; // bytes is a guess, for nobody knows how large a picture is that was not made smaller yet
  bytesDone: number;
  rate: { bytes: number; files: number };
  failed: Problem[];
  entries: number;
  entriesDone: number;
  kept: number; // were labelled in the dataset already
  thrown?: unknown;
}

// Run brings pictures into S3 and then into datasets. It goes on while the person looks at other pages.
export class Run {
  progress: Progress;
  private readonly stopper = new AbortController();
  private readonly listeners = new Set<() => void>();
  private gate?: { open: () => void; opened: Promise<void> };
  private key?: { renewed: () => void; until: Promise<void> };
  private transfer?: Transfer;
  private told = 0;
  private skippedBytes = 0;
  private likelyBytes = 0;

  constructor(readonly order: Order, private clients: Clients) {
    this.progress = {
      phase: "looking", paused: false, waiting: false, files: order.ready.filter((r) => r.picture).length, filesDone: 0, skipped: 0,
      bytes: order.ready.reduce((n, r) => n + (r.picture ? likely(r.picture.file, r.smaller) : 0), 0), about: order.ready.some((r) => r.smaller), bytesDone: 0, rate: { bytes: 0, files: 0 }, failed: [], entries: order.ready.length, entriesDone: 0, kept: 0,
    };
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly snapshot = () => this.progress;

  get going() {
    return !["done", "stopped", "failed"].includes(this.progress.phase);
  }

  private show(part: Partial<Progress>) {
    this.progress = { ...this.progress, ...part };
    for (const listener of this.listeners) listener();
  }

  // use takes the clients of the key that is signed in now.
  use(clients: Clients) {
    if (clients.s3 === this.clients.s3) return;
    this.clients = clients;
    if (this.progress.locked) this.show({ locked: undefined });
    this.key?.renewed();
  }

  pause() {
    if (!this.gate) {
      let open = () => {};
      this.gate = { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() };
    }
    this.show({ paused: true });
  }

  resume() {
    this.gate?.open();
    this.gate = undefined;
    this.show({ paused: false });
  }

  stop() {
    this.stopper.abort(new DOMException("stopped", "AbortError"));
    this.resume();
    this.key?.renewed();
  }

  async start(): Promise<void> {
    const { order } = this;
    note(order.project, { name: order.name, files: this.progress.files, prefix: order.prefix, bucket: order.bucket });
    try {
      const places = await this.withKey(() => this.places());
      await this.upload(places);
      await this.addAll(places);
      if (this.progress.failed.length === 0) forget(order.project);
      this.show({ phase: "done" });
    } catch (thrown) {
      this.show(this.stopper.signal.aborted ? { phase: "stopped" } : { phase: "failed", thrown });
    }
  }

  // retry uploads again what has failed, or goes on where the run has failed. What is done already is found and left alone.
  retry(): Run {
    return new Run(this.order, this.clients);
  }

  // withKey does something again once a valid key is there, where the one at hand has expired.
  private async withKey<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      const used = this.clients;
      try {
        return await act();
      } catch (thrown) {
        const { over } = troubleOf(thrown);
        if (!over || this.stopper.signal.aborted) throw thrown;
        if (this.clients === used) await this.renewal(over);
      }
    }
  }

  // renewal waits until use is called with another key.
  private async renewal(why: string) {
    if (!this.key) {
      let renewed = () => {};
      const until = new Promise<void>((resolve) => (renewed = resolve));
      this.key = { renewed, until };
      this.show({ locked: why });
    }
    await this.key.until;
    this.key = undefined;
  }

  private readonly waiting = (for_: boolean) => this.show({ waiting: for_ });

  // places looks where each picture is to lie, and which have to be brought there.
  private async places(): Promise<Places> {
    const { bucket, prefix, ready } = this.order;
    const { signal } = this.stopper;
    let sizes = new Map<string, number>();
    if (this.progress.files > 0) {
      await patiently(() => ensureBucket(this.clients.s3, bucket, signal), this.waiting, signal);
      sizes = await patiently(() => sizesBelow(this.clients.s3, bucket, prefix, () => {}, signal), this.waiting, signal);
    }
    const places = placesOf(ready, { bucket, prefix }, sizes);
    this.skippedBytes = places.skippedBytes;
    this.likelyBytes = places.skippedBytes + places.likelyBytes;
    this.show({ bytes: this.likelyBytes, skipped: places.skipped, filesDone: places.skipped, bytesDone: places.skippedBytes });
    return places;
  }

  private async upload(places: Places) {
    const transfer = new Transfer(this.order.bucket, [...places.parcels.values()], {
      changed: () => this.tick(), waiting: this.waiting, open: () => this.gate?.opened ?? Promise.resolve(), expired: (why) => this.renewal(why),
    });
    this.transfer = transfer;
    this.show({ phase: "uploading" });
    await transfer.run(() => this.clients.s3, this.stopper.signal);
    if (transfer.failed.length > 0) {
      transfer.again(); // once by itself
      await transfer.run(() => this.clients.s3, this.stopper.signal);
    }
    this.tick(true);
  }

  // tick shows how far the upload is, ten times a second.
  private tick(now = false) {
    const time = performance.now();
    if (!now && time - this.told < 100) return;
    this.told = time;
    const t = this.transfer!;
    this.show({ filesDone: this.progress.skipped + t.done, bytes: this.likelyBytes - t.spared, bytesDone: this.skippedBytes + t.bytes, rate: t.rate(), failed: t.failed.map((f) => f.problem) });
  }

  private async addAll({ of, parcels }: Places) {
    const missing = new Set(this.transfer!.failed.map((f) => f.parcel));
    const there = this.order.ready.filter((r) => !missing.has(parcels.get(r)!));
    this.show({ phase: "adding", entries: there.length, entriesDone: 0 });
    let before = 0, kept = 0;
    for (const split of ["train", "test"] as Split[]) {
      const additions = there.filter((r) => r.split === split).map((r): Addition => {
        const at = of.get(r)!;
        return { uri: uriOf(at), line: r.line(at), said: r.said };
      });
      if (additions.length === 0) continue;
      const base = before;
      const watch = { waiting: this.waiting, signal: this.stopper.signal, progress: (done: number) => this.show({ entriesDone: base + done }) };
      kept += await this.withKey(async () => {
        const arn = await datasetOf(this.clients.rekognition, this.order.project, split, watch);
        return add(this.clients.rekognition, arn, additions, watch);
      });
      before += additions.length;
      this.show({ entriesDone: before, kept });
    }
  }
}
