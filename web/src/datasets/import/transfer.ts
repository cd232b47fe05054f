import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { troubleOf } from "../../session/remedy";
import { patiently } from "../patience";
import type { Problem } from "./problem";
import { Irreducible, likely, reduced, type Reduction } from "./reducing";

// Parcel is a file on its way to a key.
export interface Parcel {
  path: string;
  file: File;
  key: string;
  smaller?: Reduction; // it is made so before it is sent
}

const atATime = 6;

// reasonOf says why a file was not uploaded.
function reasonOf(thrown: unknown): Pick<Problem, "text" | "remedy"> {
  if (thrown instanceof Irreducible) return { text: thrown.message, remedy: "open it in a photo program and save it as a JPEG of at most 4096 pixels a side" };
  const trouble = troubleOf(thrown);
  const unreadable = thrown instanceof DOMException && thrown.name === "NotReadableError";
  return { text: unreadable ? "the file changed or went away while it was read" : `${trouble.header}: ${trouble.text}`, remedy: trouble.remedy };
}

// Transfer uploads files, six at a time. What fails is kept, with its reason, to be tried again.
export class Transfer {
  done = 0;
  bytes = 0; // that were sent
  spared = 0; // by how much fewer these are than was likely
  failed: { parcel: Parcel; problem: Problem }[] = [];
  private at = 0;
  private readonly times: { at: number; bytes: number; files: number }[] = [];

  constructor(private readonly bucket: string, private parcels: Parcel[], private readonly told: { changed: () => void; waiting: (for_: boolean) => void; open: () => Promise<void>; expired: (why: string) => Promise<void> }) {}

  // run uploads what was not yet. open is awaited before each file, so that a pause ends with files that are there whole.
  async run(s3: () => S3Client, signal: AbortSignal): Promise<void> {
    const worker = async () => {
      for (;;) {
        await this.told.open();
        if (signal.aborted) throw signal.reason;
        const parcel = this.parcels[this.at++];
        if (!parcel) return;
        await this.send(parcel, s3, signal);
        this.told.changed();
      }
    };
    await Promise.all(Array.from({ length: atATime }, worker));
  }

  private async send(parcel: Parcel, s3: () => S3Client, signal: AbortSignal): Promise<void> {
    let used = s3();
    let body: Blob | undefined = parcel.smaller ? undefined : parcel.file;
    const put = () => (used = s3()).send(new PutObjectCommand({ Bucket: this.bucket, Key: parcel.key, Body: body, ContentType: /\.png$/i.test(parcel.key) ? "image/png" : "image/jpeg" }), { abortSignal: signal });
    for (;;) {
      try {
        body ??= await reduced(parcel.file, parcel.smaller!, signal);
        await patiently(put, this.told.waiting, signal);
        this.done++;
        this.bytes += body.size;
        this.spared += likely(parcel.file, parcel.smaller) - body.size;
        this.times.push({ at: performance.now(), bytes: this.bytes, files: this.done });
        return;
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        const trouble = troubleOf(thrown);
        if (trouble.over) {
          if (s3() === used) await this.told.expired(trouble.over); // else it was sent before somebody signed in again
          continue;
        }
        this.failed.push({ parcel, problem: { file: parcel.path, ...reasonOf(thrown) } });
        return;
      }
    }
  }

  // again takes up what has failed.
  again() {
    this.parcels = this.failed.map((f) => f.parcel);
    this.failed = [];
    this.at = 0;
  }

  // rate is in bytes and files a second, over the last ten seconds.
  rate(): { bytes: number; files: number } {
    const now = performance.now();
    while (this.times.length > 2 && this.times[0]!.at < now - 10_000) this.times.shift();
    const first = this.times[0], seconds = first ? (now - first.at) / 1000 : 0;
    return seconds > 0.5 ? { bytes: (this.bytes - first!.bytes) / seconds, files: (this.done - first!.files) / seconds } : { bytes: 0, files: 0 };
  }
}
