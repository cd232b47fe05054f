import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Ref, uriOf } from "../datasets/entry";
import { patiently } from "../datasets/patience";

// Pictures are read from S3 with the session's key, a few at a time, and kept small: what a gallery shows of 100,000
// pictures must fit into a tab.
const atATime = 6;
const mostSmall = 3000; // some 15 KB each

interface Waiting {
  run: () => Promise<void>;
  wanted: () => boolean;
}

const waiting: Waiting[] = [];
let running = 0;

// next takes up what was asked for last: it is what is on the screen now.
function next() {
  while (running < atATime && waiting.length > 0) {
    const task = waiting.pop()!;
    if (!task.wanted()) continue;
    running++;
    void task.run().finally(() => {
      running--;
      next();
    });
  }
}

// whole reads a picture's file.
export async function whole(s3: S3Client, r: Ref, signal?: AbortSignal): Promise<Blob> {
  const got = await s3.send(new GetObjectCommand({ Bucket: r.bucket, Key: r.key }), { abortSignal: signal });
  const bytes = await got.Body!.transformToByteArray();
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: got.ContentType?.startsWith("image/") ? got.ContentType : "image/jpeg" });
}

// Small is a picture's URL in this tab, for as long as the tab lives or until many others were looked at.
export interface Small {
  url: string;
  width: number; // of the picture itself, upright, in pixels
  height: number;
}

const small = new Map<string, Small>(); // in the order of use

export function remembered(r: Ref, side: number): Small | undefined {
  const key = `${side} ${uriOf(r)}`;
  const found = small.get(key);
  if (found) {
    small.delete(key);
    small.set(key, found);
  }
  return found;
}

async function shrink(file: Blob, side: number): Promise<Small> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const { width, height } = picture;
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "medium";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return { url: URL.createObjectURL(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })), width, height };
}

// reduced reads a picture and makes it at most side pixels wide and high, unless it is no longer wanted when its turn comes.
export function reduced(s3: S3Client, r: Ref, side: number, signal: AbortSignal): Promise<Small> {
  const found = remembered(r, side);
  if (found) return Promise.resolve(found);
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new DOMException("no longer wanted", "AbortError"));
    signal.addEventListener("abort", stopped, { once: true });
    waiting.push({
      wanted: () => !signal.aborted,
      run: async () => {
        try {
          const made = await patiently(async () => shrink(await whole(s3, r, signal), side), () => {}, signal);
          small.set(`${side} ${uriOf(r)}`, made);
          for (const [key, oldest] of small) {
            if (small.size <= mostSmall) break;
            small.delete(key);
            URL.revokeObjectURL(oldest.url);
          }
          resolve(made);
        } catch (thrown) {
          reject(thrown);
        }
      },
    });
    next();
  });
}
