// What AWS says of names, said before a name breaks it.
export const nameRule = "1 to 255 letters, digits, dots, hyphens and underscores.";

export function nameTrouble(name: string, taken: string[] = []): string | undefined {
  if (!name) return "Give it a name.";
  if (name.length > 255) return `A name has up to 255 characters; this one has ${name.length}.`;
  const wrong = /[^a-zA-Z0-9_.-]/u.exec(name);
  if (wrong?.[0] === " ") return `A space may not be in a name. How about ${name.trim().replace(/\s+/g, "-")}?`;
  if (wrong) return `"${String.fromCodePoint(name.codePointAt(wrong.index)!)}" may not be in a name. ${nameRule}`;
  if (taken.includes(name)) return "There is one of this name already.";
  return undefined;
}

// projectOf and versionOf take the name out of an ARN.
export const projectOf = (arn: string) => /:project\/([^/]+)\//.exec(arn)?.[1] ?? "";
export const versionOf = (arn: string) => /\/version\/([^/]+)\//.exec(arn)?.[1] ?? "";

export const isProjectArn = (arn: string) => /^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.-]{1,255}\/\d+$/.test(arn);
export const isVersionArn = (arn: string) => /^arn:[a-z\d-]+:rekognition:[a-z\d-]+:\d{12}:project\/[a-zA-Z0-9_.-]{1,255}\/version\/[a-zA-Z0-9_.-]{1,255}\/\d+$/.test(arn);
export const accountOf = (arn: string) => arn.split(":")[4] ?? "";
export const regionOf = (arn: string) => arn.split(":")[3] ?? "";

// nextVersion proposes v1, v2, ...
export function nextVersion(names: string[]): string {
  const numbers = names.map((n) => /^v(\d{1,9})$/.exec(n)?.[1]).filter((n) => n !== undefined).map(Number);
  return `v${Math.max(0, ...numbers) + 1}`;
}
