// What was being uploaded is remembered for the next visit: a browser does not hand the files over again by itself, but dropping the
// same folder once more goes on where it ended.
export interface Interrupted {
  name: string;
  files: number;
  bucket: string;
  prefix: string;
}

const keyOf = (project: string) => `ownsight.upload.${project}`;

export function note(project: string, what: Interrupted) {
  localStorage.setItem(keyOf(project), JSON.stringify(what));
}

export function forget(project: string) {
  localStorage.removeItem(keyOf(project));
}

export function interrupted(project: string): Interrupted | undefined {
  try {
    return (JSON.parse(localStorage.getItem(keyOf(project)) ?? "null") as Interrupted | null) ?? undefined;
  } catch {
    return undefined;
  }
}
