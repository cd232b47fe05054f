// A tag as it is edited: while somebody types, it may have no key yet, or one that is there twice.
export interface Tag {
  key: string;
  value: string;
}

export const mostTags = 50;

const letters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const lettersOnly = "Letters, digits, spaces and _ . : / = + @ - only.";

export function keyTrouble(tag: Tag, all: Tag[]): string | undefined {
  if (!tag.key) return "A tag needs a key.";
  if (tag.key.length > 128) return "A key has up to 128 characters.";
  if (/^aws:/i.test(tag.key)) return "Keys that begin with aws: are reserved.";
  if (!letters.test(tag.key)) return lettersOnly;
  return all.filter((t) => t.key === tag.key).length > 1 ? "Two tags have this key." : undefined;
}

export function valueTrouble(tag: Tag): string | undefined {
  if (tag.value.length > 256) return "A value has up to 256 characters.";
  return letters.test(tag.value) ? undefined : lettersOnly;
}

// tagTrouble says what is wrong with a list of tags.
export function tagTrouble(tags: Tag[]): string | undefined {
  if (tags.length > mostTags) return `A resource has up to ${mostTags} tags.`;
  return tags.map((t) => keyTrouble(t, tags) ?? valueTrouble(t)).find(Boolean);
}

export const asMap = (tags: Tag[]) => Object.fromEntries(tags.map((t) => [t.key, t.value]));

export const asList = (map: Record<string, string>): Tag[] => Object.entries(map).map(([key, value]) => ({ key, value })).sort((a, b) => a.key.localeCompare(b.key));
