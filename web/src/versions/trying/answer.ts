import { DetectCustomLabelsCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";
import type { Drawn } from "../../pictures/Boxes";

export interface Said {
  label: string;
  confidence: number; // 0..100
  place?: { left: number; top: number; width: number; height: number }; // shares of the picture's sides
}

// ask gives everything that a model says of a picture, however unsure: what is shown of it is decided here, at once.
export async function ask(client: RekognitionClient, arn: string, bytes: Uint8Array, signal?: AbortSignal): Promise<{ said: Said[]; took: number }> {
  const began = performance.now();
  const got = await client.send(new DetectCustomLabelsCommand({ ProjectVersionArn: arn, Image: { Bytes: bytes }, MinConfidence: 0 }), { abortSignal: signal });
  const said = (got.CustomLabels ?? []).map((l): Said => {
    const b = l.Geometry?.BoundingBox;
    return { label: l.Name ?? "", confidence: l.Confidence ?? 0, place: b && { left: b.Left ?? 0, top: b.Top ?? 0, width: b.Width ?? 0, height: b.Height ?? 0 } };
  });
  return { said: said.sort((a, b) => b.confidence - a.confidence), took: performance.now() - began };
}

// Least decides what is shown: from one confidence on, or from each label's own threshold.
export type Least = { all: number } | { own: Map<string, number> };

export const reaches = (s: Said, least: Least) => s.confidence >= ("all" in least ? least.all : (least.own.get(s.label) ?? 0.5) * 100);

export const drawn = (said: Said[], size: { width: number; height: number }): Drawn[] =>
  said.filter((s) => s.place).map((s) => ({
    label: s.label, note: `${Math.round(s.confidence)}\u00a0%`,
    left: s.place!.left * size.width, top: s.place!.top * size.height, width: s.place!.width * size.width, height: s.place!.height * size.height,
  }));
