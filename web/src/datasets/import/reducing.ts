import { jpegOf, opened, type Size } from "../../pictures/smaller";

// What the service takes from S3.
export const mostBytes = 15 << 20, mostSide = 4096;

// Reduction says how large a picture is, upright, and how large it is uploaded. It does not hang on the picture's content: boxes are
// scaled before anything is made, and when the picture lies there since an earlier upload.
export interface Reduction {
  from: Size;
  to: Size;
}

// likely guesses how many bytes are uploaded of a file, which has as many a pixel after it was made smaller.
export function likely(file: Blob, by?: Reduction): number {
  if (!by) return file.size;
  return Math.round(Math.min(mostBytes, (file.size * by.to.width * by.to.height) / (by.from.width * by.from.height)));
}

// Irreducible is a picture that this browser cannot make smaller.
export class Irreducible extends Error {}

// One picture at a time is made smaller: while it is open it takes four bytes a pixel, and those of phones have 48 million.
let line: Promise<unknown> = Promise.resolve();

// reduced makes a picture a JPEG that the service takes.
export function reduced(file: Blob, by: Reduction, signal: AbortSignal): Promise<Blob> {
  const turn = line.then(() => {
    if (signal.aborted) throw signal.reason;
    return reduce(file, by);
  });
  line = turn.catch(() => {});
  return turn;
}

async function reduce(file: Blob, { from, to }: Reduction): Promise<Blob> {
  await file.slice(0, 1).arrayBuffer(); // of a file that went away nobody should read that it is broken
  const picture = await opened(file).catch(() => {
    throw new Irreducible("this browser cannot open it to make it smaller: it is broken, or too large for this computer's memory");
  });
  try {
    // An orientation that only one of the two understands would set boxes beside what they show.
    if (picture.width !== from.width || picture.height !== from.height) throw new Irreducible(`its header says ${from.width} x ${from.height} pixels, and this browser sees ${picture.width} x ${picture.height}`);
    for (const quality of [0.92, 0.8, 0.6]) {
      const made = await jpegOf(picture, to, quality);
      if (made.size <= mostBytes) return made;
    }
    throw new Irreducible("as a JPEG of 4096 pixels it still has more than 15 MB");
  } finally {
    picture.close();
  }
}
