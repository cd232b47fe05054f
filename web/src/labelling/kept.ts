// What is not saved yet is kept in the browser, by dataset and picture, so that a reload or a dead server loses nothing.

export interface Kept {
  arn: string;
  uri: string;
  line: string;
}

const store = "unsaved";
let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("ownsight.labelling", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: ["arn", "uri"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

function settled(t: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    t.oncomplete = () => resolve();
    t.onerror = t.onabort = () => reject(t.error);
    t.commit(); // now, not when the page finds the time: it may be about to close
  });
}

export async function keep(entries: Kept[]): Promise<void> {
  const t = (await database()).transaction(store, "readwrite", { durability: "relaxed" });
  for (const e of entries) t.objectStore(store).put(e);
  await settled(t);
}

export async function release(arn: string, uris: string[]): Promise<void> {
  const t = (await database()).transaction(store, "readwrite", { durability: "relaxed" });
  for (const uri of uris) t.objectStore(store).delete([arn, uri]);
  await settled(t);
}

export async function keptOf(arn: string): Promise<Kept[]> {
  const all = (await database()).transaction(store).objectStore(store).getAll(IDBKeyRange.bound([arn], [arn, []]));
  return new Promise((resolve, reject) => {
    all.onsuccess = () => resolve(all.result as Kept[]);
    all.onerror = () => reject(all.error);
  });
}
