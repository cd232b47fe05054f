import type { RekognitionClient } from "@aws-sdk/client-rekognition";
import { change } from "../datasets/change";
import { type Trouble, troubleOf } from "../session/remedy";
import { keep, keptOf, release } from "./kept";

// Outbox saves what people say of a dataset's pictures: collected for a second, one call at a time, in the background and
// for as long as the tab lives, whatever page it shows. Until the server has it, the browser keeps it.
export class Outbox {
  private unsaved = new Map<string, string>(); // the line of each picture, by its address
  private refused = new Map<string, string>();
  private client?: RekognitionClient;
  private running = false;
  private wake?: () => void;
  private heard = new Set<() => void>();
  private restored?: Promise<void>;

  // state is replaced, never changed.
  state: Saving = { kind: "saved", unsaved: 0, refused: 0 };

  constructor(readonly arn: string) {}

  subscribe = (heard: () => void) => {
    this.heard.add(heard);
    return () => void this.heard.delete(heard);
  };

  // connect gives the key to save with, and takes up what was left over from earlier.
  connect(client: RekognitionClient): Promise<void> {
    this.client = client;
    if (this.state.kind === "signedOut") this.show("waiting");
    this.restored ??= keptOf(this.arn).then((kept) => {
      for (const k of kept) if (!this.unsaved.has(k.uri)) this.unsaved.set(k.uri, k.line);
    }, () => {}); // a private window may have no database: then only this tab keeps
    return this.restored.then(() => this.start(0));
  }

  // lineOf is a picture's line as it is to be saved, if it is not yet.
  lineOf(uri: string): string | undefined {
    return this.unsaved.get(uri) ?? this.refused.get(uri);
  }

  put(lines: { uri: string; line: string }[]) {
    for (const { uri, line } of lines) {
      this.refused.delete(uri);
      this.unsaved.delete(uri); // to the end of the queue
      this.unsaved.set(uri, line);
    }
    keep(lines.map((l) => ({ arn: this.arn, ...l }))).catch(() => {});
    this.show(this.running ? this.state.kind : "waiting", this.state.trouble);
    this.start(collecting);
  }

  // saved waits until nothing is left to save.
  saved(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.state.unsaved > 0) return;
        stop();
        resolve();
      };
      const stop = this.subscribe(look);
      look();
    });
  }

  // again sends what was refused once more; forget gives it up.
  again() {
    for (const [uri, line] of this.refused) if (!this.unsaved.has(uri)) this.unsaved.set(uri, line);
    this.refused.clear();
    this.start(0);
    this.wake?.();
  }

  forget() {
    release(this.arn, [...this.refused.keys()]).catch(() => {});
    this.refused.clear();
    this.show(this.unsaved.size > 0 ? "waiting" : "saved");
  }

  private start(after: number) {
    if (this.running || this.unsaved.size === 0) return;
    this.running = true;
    void this.pause(after).then(() => this.run());
  }

  private async run() {
    let most = mostLines;
    while (this.unsaved.size > 0 && this.client) {
      const batch = this.batch(most);
      this.show("saving", this.state.trouble);
      try {
        await change(this.client, this.arn, batch.map(([, line]) => line), { waiting: (silent) => this.show(silent ? "unreachable" : "saving") });
        this.done(batch);
        most = mostLines;
        this.show("saving");
        if (this.unsaved.size > 0) await this.pause(collecting);
      } catch (thrown) {
        const trouble = troubleOf(thrown);
        if (trouble.over) {
          this.client = undefined; // until somebody signs in again
          this.show("signedOut", trouble);
        } else if (passing(thrown)) {
          this.show("busy", trouble);
          await this.pause(2000);
        } else if (batch.length > 1) {
          most = Math.ceil(batch.length / 2); // one line spoils them all: find it
        } else {
          for (const [uri, line] of batch) {
            if (this.unsaved.get(uri) === line) this.unsaved.delete(uri);
            this.refused.set(uri, line);
          }
          this.show("saving", trouble);
          most = mostLines;
        }
      }
    }
    this.running = false;
    if (this.client) this.show(this.refused.size > 0 ? "refused" : "saved", this.state.trouble);
  }

  private batch(most: number): [string, string][] {
    const out: [string, string][] = [];
    let size = 0;
    for (const entry of this.unsaved) {
      size += entry[1].length;
      if (out.length > 0 && (out.length >= most || size > mostCharacters)) break;
      out.push(entry);
    }
    return out;
  }

  private done(batch: [string, string][]) {
    const saved = batch.filter(([uri, line]) => this.unsaved.get(uri) === line).map(([uri]) => uri);
    for (const uri of saved) this.unsaved.delete(uri);
    release(this.arn, saved).catch(() => {});
  }

  // pause waits, or until somebody is in a hurry.
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => { clearTimeout(timer); resolve(); };
    });
  }

  private show(kind: Saving["kind"], trouble?: Trouble) {
    this.state = { kind, unsaved: this.unsaved.size, refused: this.refused.size, trouble };
    for (const heard of this.heard) heard();
  }
}

export interface Saving {
  kind: "saved" | "waiting" | "saving" | "busy" | "unreachable" | "signedOut" | "refused";
  unsaved: number;
  refused: number;
  trouble?: Trouble;
}

const collecting = 1000;
const mostLines = 500;
const mostCharacters = 1_000_000;

// passing says that the same will work later.
function passing(thrown: unknown): boolean {
  const { name, $metadata } = thrown as { name?: string; $metadata?: { httpStatusCode?: number } };
  return ($metadata?.httpStatusCode ?? 0) >= 500 || ["ResourceInUseException", "ResourceNotReadyException", "ThrottlingException", "ProvisionedThroughputExceededException"].includes(name ?? "");
}

const outboxes = new Map<string, Outbox>();

export function outboxOf(arn: string): Outbox {
  let found = outboxes.get(arn);
  if (!found) outboxes.set(arn, (found = new Outbox(arn)));
  return found;
}

// Leaving would only lose time: what is unsaved is kept and saved when the page is opened again. People should know.
window.addEventListener("beforeunload", (event) => {
  for (const o of outboxes.values()) if (o.state.unsaved > 0) event.preventDefault();
});
