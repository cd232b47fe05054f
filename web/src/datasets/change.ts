import { type DatasetDescription, DescribeDatasetCommand, type RekognitionClient, UpdateDatasetEntriesCommand } from "@aws-sdk/client-rekognition";
import { patiently, pause } from "./patience";

// A call carries up to 5 MiB of lines. Fewer lines show progress.
const mostBytes = 5_000_000;
const mostLines = 5000;

// inProgress says that a dataset cannot be listed or changed at the moment.
export const inProgress = (status?: string) => status?.endsWith("_IN_PROGRESS") ?? false;

export interface Watch {
  progress?: (done: number) => void;
  waiting?: (for_: boolean) => void;
  signal?: AbortSignal;
}

// settled waits until nothing is in progress on a dataset any more.
export async function settled(rekognition: RekognitionClient, arn: string, watch: Watch = {}): Promise<DatasetDescription> {
  for (let wait = 100; ; wait = Math.min(wait * 1.5, 1500)) {
    const got = await patiently(() => rekognition.send(new DescribeDatasetCommand({ DatasetArn: arn }), { abortSignal: watch.signal }), watch.waiting ?? (() => {}), watch.signal);
    const dataset = got.DatasetDescription!;
    if (!inProgress(dataset.Status)) return dataset;
    await pause(wait, watch.signal);
  }
}

// change adds lines to a dataset, or puts them in the place of those with the same source-ref. What is thrown says why the dataset
// did not take them; lines before were taken.
export async function change(rekognition: RekognitionClient, arn: string, lines: string[], watch: Watch = {}): Promise<void> {
  const encoder = new TextEncoder();
  let done = 0;
  await settled(rekognition, arn, watch);
  while (done < lines.length) {
    const batch: Uint8Array[] = [];
    let bytes = 0;
    for (let i = done; i < lines.length && batch.length < mostLines; i++) {
      const line = encoder.encode(`${lines[i]!}\n`);
      if (batch.length > 0 && bytes + line.length > mostBytes) break;
      batch.push(line);
      bytes += line.length;
    }
    await send(rekognition, arn, joined(batch, bytes), watch);
    const dataset = await settled(rekognition, arn, watch);
    if (dataset.Status === "UPDATE_FAILED") {
      throw Object.assign(new Error(dataset.StatusMessage || "The server gave no reason."), { name: "The dataset did not take the change" });
    }
    done += batch.length;
    watch.progress?.(done);
  }
}

function joined(parts: Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// send begins an update, when whatever else is being done with the dataset has ended.
async function send(rekognition: RekognitionClient, arn: string, lines: Uint8Array, watch: Watch): Promise<void> {
  const command = new UpdateDatasetEntriesCommand({ DatasetArn: arn, Changes: { GroundTruth: lines } });
  for (let tries = 0; ; tries++) {
    try {
      await patiently(() => rekognition.send(command, { abortSignal: watch.signal }), watch.waiting ?? (() => {}), watch.signal);
      return;
    } catch (thrown) {
      if ((thrown as Error).name !== "ResourceInUseException" || tries >= 20) throw thrown;
      const dataset = await settled(rekognition, arn, watch);
      if (dataset.Status === "CREATE_FAILED") throw thrown;
    }
  }
}
