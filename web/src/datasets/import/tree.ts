import { type Dropped, isPicture } from "./dropped";

// Tree is a dropped folder in which files are looked up by the names that annotations give.
export class Tree {
  private readonly byPath = new Map<string, Dropped>();
  private readonly byStem = new Map<string, Dropped>();
  private readonly byBase = new Map<string, Dropped | null>(); // null: several have this name

  constructor(readonly files: Dropped[]) {
    for (const d of files) {
      this.byPath.set(d.path, d);
      if (!isPicture(d.path)) continue;
      this.byStem.set(stem(d.path), d);
      const base = baseOf(d.path);
      this.byBase.set(base, this.byBase.has(base) ? null : d);
    }
  }

  get pictures(): Dropped[] {
    return this.files.filter((d) => isPicture(d.path));
  }

  ending(extension: string): Dropped[] {
    return this.files.filter((d) => d.path.toLowerCase().endsWith(extension));
  }

  get(path: string): Dropped | undefined {
    return this.byPath.get(path);
  }

  // pictureOf finds the picture with a path that differs by its ending only.
  pictureOf(pathWithoutEnding: string): Dropped | undefined {
    return this.byStem.get(pathWithoutEnding);
  }

  // picture finds a picture by the name that an annotation gives, in the first of the folders that has it, else anywhere if there is
  // only one of that name.
  picture(given: string, folders: string[]): Dropped | undefined {
    const name = given.replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
    if (!name || name.split("/").includes("..")) return undefined;
    for (const folder of folders) {
      const found = this.byPath.get(folder ? `${folder}/${name}` : name);
      if (found && isPicture(found.path)) return found;
    }
    return this.byBase.get(baseOf(name)) ?? undefined;
  }
}

export const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
export const folderOf = (path: string) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
export const stem = (path: string) => path.replace(/\.[^./]*$/, "");

// swapped gives the path with its last folder called from, in whatever case, called to. undefined: there is none.
export function swapped(path: string, from: string, to: string): string | undefined {
  const parts = path.split("/");
  for (let i = parts.length - 2; i >= 0; i--) {
    if (parts[i]!.toLowerCase() === from) {
      parts[i] = to;
      return parts.join("/");
    }
  }
  return undefined;
}

// needed reads a file without which nothing else can be read: what is wrong with it is said of it.
export const needed = (d: Dropped, most: number) => text(d, most).catch((thrown: Error) => { throw new Error(`${d.path}: ${thrown.message}`); });

// text reads a file of at most most bytes.
export async function text(d: Dropped, most: number): Promise<string> {
  if (d.file.size > most) throw new Error(`it has ${d.file.size.toLocaleString("en")} bytes, and at most ${most.toLocaleString("en")} are read`);
  return (await d.file.text()).replace(/^\ufeff/, "");
}
