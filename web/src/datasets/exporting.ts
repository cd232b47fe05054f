import type { RekognitionClient } from "@aws-sdk/client-rekognition";
import { Listing } from "./listing";
import { pause } from "./patience";

// plainLine is an entry's line without what the server has noted in it.
export const plainLine = (source: Record<string, unknown>) => JSON.stringify(source, (key, value: unknown) => (key === "cl-metadata" || key === "cl-errors" ? undefined : value));

// linesOf reads all lines of a dataset, as a manifest has them, or those with any of some labels.
export async function linesOf(rekognition: RekognitionClient, arn: string, progress: (n: number) => void, signal: AbortSignal, labels: string[] = []): Promise<string[]> {
  const listing = new Listing(rekognition, arn, { labels, state: "all", name: "" });
  signal.addEventListener("abort", () => listing.stop(), { once: true });
  listing.want(Infinity);
  while (!listing.done && !listing.thrown) {
    await pause(100, signal);
    progress(listing.length);
  }
  if (listing.thrown) throw listing.thrown;
  return Array.from({ length: listing.length }, (_, i) => plainLine(listing.entry(i)!.source));
}

export function download(name: string, lines: string[]) {
  const url = URL.createObjectURL(new Blob(lines.map((l) => `${l}\n`), { type: "application/jsonl" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
