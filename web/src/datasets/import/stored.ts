import { labelled, type Ref } from "../entry";
import type { Ready } from "./check";
import { isPicture } from "./dropped";
import { byFolders } from "./plan";
import { bounds } from "./said";
import type { Split } from "./split";

// folderAt reads the address of a folder in S3, or of a whole bucket. undefined: it is none.
export function folderAt(address: string): Ref | undefined {
  const found = /^s3:\/\/([^/]+)\/?(.*)$/.exec(address.trim());
  return found ? { bucket: found[1]!, key: found[2]!.replace(/([^/])$/, "$1/") } : undefined;
}

// stored finds the pictures among what lies below a folder in S3. What the folders inside say of them counts as it does where a folder
// is dropped: their labels and, where there are both, which are for training and which for tests. Else they are all for one dataset.
export function stored(keys: Iterable<string>, folder: Ref, into: Split): Ready[] {
  const pictures = [...keys].filter(isPicture).sort();
  const { said, divided } = byFolders(pictures.map((key) => key.slice(folder.key.length)));
  return pictures.map((key, i) => {
    const labels = said[i]!.labels.filter((l) => l.length <= bounds.label);
    return { ref: { bucket: folder.bucket, key }, split: divided ? said[i]!.split : into, labels, said: labels.length > 0, line: (at) => labelled(at, labels) };
  });
}
