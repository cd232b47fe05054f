// Dropped is a file that a person gave: its path below what was dropped, with slashes, and the file itself.
export interface Dropped {
  path: string;
  file: File;
}

const mostFiles = 500_000;

const hidden = (path: string) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

export const isPicture = (path: string) => /\.(jpe?g|png)$/i.test(path);

// isOtherPicture says that people see a picture in a file that the service does not take as it is.
export const isOtherPicture = (path: string) => /\.(hei[cf]|avif|webp|gif|bmp|tiff?|jxl|dng|cr[23]|nef|arw)$/i.test(path);

// fromInput reads the files of an <input type="file">, of a folder or not.
export function fromInput(files: FileList): Dropped[] {
  return sorted(Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file })).filter((d) => !hidden(d.path)));
}

// rootsOf takes out of a drop what must be taken at once: the browser empties it when the event is over.
export function rootsOf(data: DataTransfer): FileSystemEntry[] {
  return Array.from(data.items, (item) => (item.kind === "file" ? item.webkitGetAsEntry() : null)).filter((e) => e !== null);
}

// walk reads folders with all that is below them. found is told how many files there are so far.
export async function walk(roots: FileSystemEntry[], found: (n: number) => void): Promise<Dropped[]> {
  const list: Dropped[] = [];
  const folders: FileSystemDirectoryEntry[] = [];
  const take = async (entry: FileSystemEntry) => {
    if (entry.name.startsWith(".") || entry.name === "__MACOSX") return;
    if (entry.isDirectory) {
      folders.push(entry as FileSystemDirectoryEntry);
      return;
    }
    if (list.length >= mostFiles) throw new Error(`These are more than ${mostFiles.toLocaleString("en")} files. Drop a smaller folder.`);
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    list.push({ path: entry.fullPath.replace(/^\//, ""), file });
  };
  for (const root of roots) await take(root);
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const reader = folder.createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
      if (some.length === 0) break;
      await Promise.all(some.map(take));
      found(list.length);
    }
  }
  return sorted(list);
}

const sorted = (list: Dropped[]) => list.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
