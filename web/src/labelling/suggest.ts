import { DetectCustomLabelsCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Ref, uriOf } from "../datasets/entry";
import { patiently } from "../datasets/patience";

// Said is one thing that a model says of a picture, with a confidence of 0 to 100. A place is in parts of the picture's sides.
export interface Said {
  label: string;
  confidence: number;
  place?: { left: number; top: number; width: number; height: number };
}

export interface Model {
  arn: string;
  name: string;
  // summary is where the evaluation's summary lies; it holds the threshold of each label.
  summary?: Ref;
}

const atATime = 3;

// Suggester asks a running model about pictures, a few at a time, and remembers what it said.
export class Suggester {
  private said = new Map<string, Said[]>();
  private failed = new Set<string>();
  private asking = new Set<string>();
  private wanted: Ref[] = [];
  private batch: Ref[] = []; // asked about while nothing is more urgent
  private heard = new Set<() => void>();
  private thresholds = new Map<string, number>();
  // trouble is why nothing more is asked, such as a model that was stopped.
  trouble?: unknown;
  version = 0;

  constructor(private client: RekognitionClient, s3: S3Client, readonly model: Model) {
    if (model.summary) void readThresholds(s3, model.summary).then((found) => { this.thresholds = found; this.tell(); }, () => {});
  }

  subscribe = (heard: () => void) => {
    this.heard.add(heard);
    return () => void this.heard.delete(heard);
  };

  of(r: Ref): Said[] | undefined {
    return this.said.get(uriOf(r));
  }

  // threshold is the confidence from which on the model means a label.
  threshold(label: string): number {
    return this.thresholds.get(label) ?? 50;
  }

  // meant gives what the model means, the surest first. Of a whole picture that has one label only, that is the likeliest.
  meant(r: Ref, several: boolean, boxes: boolean): Said[] {
    const said = (this.of(r) ?? []).filter((s) => boxes === (s.place !== undefined));
    if (boxes || several) return said.filter((s) => s.confidence >= this.threshold(s.label));
    return said.slice(0, 1);
  }

  // want says what will be needed, the most urgent first.
  want(refs: Ref[]) {
    this.wanted = refs;
    this.next();
  }

  // lookOver asks about many pictures and tells how far it is.
  async lookOver(refs: Ref[], progress: (done: number) => void, signal: AbortSignal) {
    const through = () => refs.filter((r) => this.said.has(uriOf(r)) || this.failed.has(uriOf(r))).length;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const done = through();
        progress(done);
        if (this.trouble) reject(this.trouble);
        if (done === refs.length || this.trouble || signal.aborted) {
          stop();
          resolve();
        }
      };
      const stop = this.subscribe(look);
      signal.addEventListener("abort", look, { once: true });
      this.batch = refs;
      this.next();
      look();
    });
    this.batch = [];
  }

  private next() {
    for (const ref of [...this.wanted, ...this.batch]) {
      if (this.asking.size >= atATime || this.trouble) return;
      const uri = uriOf(ref);
      if (this.said.has(uri) || this.failed.has(uri) || this.asking.has(uri)) continue;
      this.asking.add(uri);
      void this.ask(ref)
        .catch((thrown: { name?: string }) => {
          // A picture that cannot be looked at is passed by; a model that cannot be asked ends it.
          if (/InvalidImageFormat|ImageTooLarge|InvalidS3Object/.test(thrown.name ?? "")) this.failed.add(uri);
          else this.trouble = thrown;
        })
        .finally(() => {
          this.asking.delete(uri);
          this.tell();
          this.next();
        });
    }
  }

  private async ask(ref: Ref) {
    const question = new DetectCustomLabelsCommand({
      ProjectVersionArn: this.model.arn, Image: { S3Object: { Bucket: ref.bucket, Name: ref.key } }, MinConfidence: 0,
    });
    const got = await patiently(() => this.client.send(question), () => {});
    const said = (got.CustomLabels ?? []).map((l): Said => {
      const b = l.Geometry?.BoundingBox;
      return { label: l.Name ?? "", confidence: l.Confidence ?? 0, place: b && { left: b.Left ?? 0, top: b.Top ?? 0, width: b.Width ?? 0, height: b.Height ?? 0 } };
    });
    this.said.set(uriOf(ref), said.sort((a, b) => b.confidence - a.confidence));
  }

  private tell() {
    this.version++;
    for (const heard of this.heard) heard();
  }
}

async function readThresholds(s3: S3Client, at: Ref): Promise<Map<string, number>> {
  const got = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: at.key }));
  const report = JSON.parse(await got.Body!.transformToString()) as { LabelEvaluationResults?: { Label: string; Metrics?: { Threshold?: number } }[] };
  return new Map((report.LabelEvaluationResults ?? []).flatMap((l) => (l.Metrics?.Threshold ? [[l.Label, l.Metrics.Threshold * 100] as const] : [])));
}
