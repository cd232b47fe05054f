import type { Box, Entry } from "../entry";
import type { Dropped } from "./dropped";
import type { Split } from "./split";

// Said is what an annotation says of a picture.
export interface Said {
  picture?: Dropped; // none: it lies in S3 already, where line says
  line?: Entry; // of a manifest, which goes on as it is
  labels: string[];
  // boxes are in pixels of the upright picture, or in shares of its sides. undefined: it is labelled as a whole.
  boxes?: Box[];
  shares?: boolean;
  drawnOn?: { width: number; height: number }; // pixels, where the annotation tells
  split?: Split | "validate";
  file: string; // that says it
}

// Bounds of what is read from files that may come from anywhere.
export const bounds = {
  table: 200 << 20, // bytes of a manifest or of COCO's JSON: it is read whole
  annotation: 1 << 20, // bytes of a file about one picture, or of a list of labels
  boxes: 2_000_000, // of all pictures
  label: 255, // characters
};

// BoxCount ends the reading of what is no set of labelled pictures any more.
export class BoxCount {
  private n = 0;

  add(more: number) {
    this.n += more;
    if (this.n > bounds.boxes) throw new Error(`These are more than ${bounds.boxes.toLocaleString("en")} boxes. Drop a smaller folder.`);
  }
}

export const isNumber = (n: unknown): n is number => typeof n === "number" && Number.isFinite(n) && Math.abs(n) < 1e9;
