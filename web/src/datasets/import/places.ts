import type { Ref } from "../entry";
import type { Ready } from "./check";
import { likely } from "./reducing";
import type { Parcel } from "./transfer";

// Places says where each picture lies or is to lie, and which have to be brought there.
export interface Places {
  of: Map<Ready, Ref>;
  parcels: Map<Ready, Parcel>;
  skipped: number; // lie there already
  skippedBytes: number;
  likelyBytes: number; // will have to be brought
}

// placesOf finds the pictures' places among what a bucket has already, by key and size.
export function placesOf(ready: Ready[], { bucket, prefix }: { bucket: string; prefix: string }, sizes: Map<string, number>): Places {
  const places: Places = { of: new Map(), parcels: new Map(), skipped: 0, skippedBytes: 0, likelyBytes: 0 };
  for (const r of ready) {
    if (!r.picture) {
      places.of.set(r, r.ref!);
      continue;
    }
    const { path, file } = r.picture;
    const { key, there } = r.smaller ? placeOfSmaller(prefix + path, file.size, sizes) : place(prefix + path, file.size, sizes);
    places.of.set(r, { bucket, key });
    if (there) {
      places.skipped++;
      places.skippedBytes += sizes.get(key)!;
    } else {
      places.likelyBytes += likely(file, r.smaller);
      places.parcels.set(r, { path, file, key, smaller: r.smaller });
    }
  }
  return places;
}

// A picture that is another one than what has its name already gets its size into its name: both stay.
function place(name: string, size: number, sizes: Map<string, number>): { key: string; there: boolean } {
  const other = sizes.get(name);
  const key = other !== undefined && other !== size ? name.replace(/(\.[^./]*)$/, `-${size}$1`) : name;
  return { key, there: sizes.get(key) === size };
}

// A picture that is made smaller always has the size of its original in its name. How large it becomes is not known before, and
// differs between browsers: an interrupted upload, dropped again, finds it by its name alone.
function placeOfSmaller(name: string, size: number, sizes: Map<string, number>): { key: string; there: boolean } {
  const key = name.replace(/(\.jpe?g|)$/i, (ending: string) => `-${size}${ending || ".jpg"}`); // of a PNG, too, a JPEG is made
  return { key, there: sizes.has(key) };
}
