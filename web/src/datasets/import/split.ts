// Split is which dataset a picture is for.
export type Split = "train" | "test";

const names: Record<string, Split | "validate"> = {
  train: "train", training: "train", trainval: "train", val: "validate", valid: "validate", validation: "validate", dev: "validate", test: "test", testing: "test",
};

// named reads a split as people and tools write it: train, training, train2017.
export function named(word: string): Split | "validate" | undefined {
  return names[word.toLowerCase().replace(/\d+$/, "")];
}

// splitOf goes by the folders that a file lies in, the innermost first, and before them by the words of its own name where that is
// what counts: instances_train2017.json.
export function splitOf(path: string, own = false): Split | "validate" | undefined {
  const parts = path.split("/");
  const file = parts.pop()!;
  if (own) {
    for (const word of file.replace(/\.[^.]*$/, "").split(/[-_. ]/)) {
      const found = named(word);
      if (found) return found;
    }
  }
  for (const part of parts.reverse()) {
    const found = named(part);
    if (found) return found;
  }
  return undefined;
}
