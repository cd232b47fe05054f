import type { S3Client } from "@aws-sdk/client-s3";
import { type Ref, uriOf } from "../datasets/entry";
import { patiently } from "../datasets/patience";
import { whole } from "../pictures/store";

// Ready is a decoded picture, which a canvas shows at once. Its bitmap may be smaller than the picture.
export interface Ready {
  bitmap: ImageBitmap;
  width: number; // of the picture itself, upright, in pixels
  height: number;
}

const atATime = 4;
const mostSide = Math.min(2048, Math.max(1024, Math.max(screen.width, screen.height) * devicePixelRatio));
const smallSide = 112;
const mostSmall = 600;

// Ahead has the pictures ready that will be shown next, and small ones of all that were seen.
export class Ahead {
  private ready = new Map<string, Ready>();
  private small = new Map<string, ImageBitmap>();
  private failed = new Map<string, unknown>();
  private loading = new Map<string, AbortController>();
  private wanted: { ref: Ref; large: boolean }[] = [];
  private heard = new Set<() => void>();
  version = 0;

  constructor(private s3: S3Client) {}

  subscribe = (heard: () => void) => {
    this.heard.add(heard);
    return () => void this.heard.delete(heard);
  };

  large(r: Ref): Ready | undefined {
    return this.ready.get(uriOf(r));
  }

  thumbnail(r: Ref): ImageBitmap | undefined {
    return this.small.get(uriOf(r));
  }

  failure(r: Ref): unknown {
    return this.failed.get(uriOf(r));
  }

  // want says what is to be ready, the most urgent first. What is neither large nor small here is let go.
  want(large: Ref[], small: Ref[]) {
    const keepLarge = new Set(large.map(uriOf)), keepAny = new Set([...keepLarge, ...small.map(uriOf)]);
    for (const [uri, { bitmap }] of this.ready) {
      if (keepLarge.has(uri)) continue;
      bitmap.close();
      this.ready.delete(uri);
    }
    for (const [uri, gone] of this.loading) if (!keepAny.has(uri)) gone.abort();
    this.wanted = [...large.map((ref) => ({ ref, large: true })), ...small.map((ref) => ({ ref, large: false }))];
    this.next();
  }

  retry(r: Ref) {
    this.failed.delete(uriOf(r));
    this.next();
  }

  close() {
    this.want([], []);
    for (const bitmap of this.small.values()) bitmap.close();
    this.small.clear();
  }

  private next() {
    for (const { ref, large } of this.wanted) {
      if (this.loading.size >= atATime) return;
      const uri = uriOf(ref);
      if (this.loading.has(uri) || this.failed.has(uri) || (large ? this.ready : this.small).has(uri)) continue;
      const gone = new AbortController();
      this.loading.set(uri, gone);
      void this.load(ref, gone.signal)
        .catch((thrown) => gone.signal.aborted || this.failed.set(uri, thrown))
        .finally(() => {
          this.loading.delete(uri);
          this.version++;
          for (const heard of this.heard) heard();
          this.next();
        });
    }
  }

  private async load(ref: Ref, signal: AbortSignal) {
    const uri = uriOf(ref);
    const full = await createImageBitmap(await patiently(() => whole(this.s3, ref, signal), () => {}, signal), { imageOrientation: "from-image" });
    const { width, height } = full;
    if (!this.small.has(uri)) {
      this.small.set(uri, await fitted(full, smallSide));
      for (const [oldest, bitmap] of this.small) {
        if (this.small.size <= mostSmall) break;
        bitmap.close();
        this.small.delete(oldest);
      }
    }
    if (!this.wanted.some((w) => w.large && uriOf(w.ref) === uri)) return full.close();
    const bitmap = Math.max(width, height) > mostSide ? await fitted(full, mostSide) : full;
    if (bitmap !== full) full.close();
    this.ready.set(uri, { bitmap, width, height });
  }
}

function fitted(picture: ImageBitmap, side: number): Promise<ImageBitmap> {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  return createImageBitmap(picture, {
    resizeWidth: Math.max(1, Math.round(picture.width * scale)), resizeHeight: Math.max(1, Math.round(picture.height * scale)), resizeQuality: "medium",
  });
}
