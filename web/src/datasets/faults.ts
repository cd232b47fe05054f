import type { Entry } from "./entry";

// Fault is what a dataset has found wrong with an entry.
export interface Fault {
  code: string;
  text: string;
  remedy: string;
}

const again = "Label the picture again; the new labels take the place of what is wrong.";

const remedies: Record<string, string> = {
  ERROR_NO_LABEL_ATTRIBUTES: again, ERROR_INVALID_LABEL_ATTRIBUTE_FORMAT: `The picture may have up to 50 labels, each well formed. ${again}`, ERROR_INVALID_LABEL_ATTRIBUTE_METADATA_FORMAT: again,
  ERROR_NO_VALID_LABEL_ATTRIBUTES: again, ERROR_UNSUPPORTED_USE_CASE_TYPE: "Only labels of whole pictures and boxes can be learnt. Label the picture here.",
  ERROR_INVALID_LABEL_NAME_LENGTH: "Give the label a name of 1 to 255 characters.", ERROR_MISSING_BOUNDING_BOX_CONFIDENCE: "Each box needs its entry in objects. Draw the boxes again here.",
  ERROR_MISSING_CLASS_MAP_ID: "The class-map does not name the label of a box. Draw the box again here.", ERROR_INVALID_BOUNDING_BOX: "A box reaches out of the picture. Draw it inside.",
  ERROR_BOUNDING_BOX_TOO_SMALL: "A box needs more than one pixel a side once the picture is no longer than 1280 pixels. Draw it larger, or cut the picture.",
  ERROR_TOO_MANY_BOUNDING_BOXES: "A picture may have up to 50 boxes. Cut it into several.", ERROR_NO_VALID_ANNOTATIONS: "No box of it can be used. Draw them again here.",
  ERROR_INVALID_IMAGE_DIMENSION: "Pictures have 64 to 4096 pixels a side. Scale it, and add it again.",
};

// faultsOf collects what is wrong with an entry, wherever in its line that is said.
export function faultsOf(e: Entry): Fault[] {
  const found = new Map<string, Fault>();
  const visit = (value: unknown, depth: number) => {
    if (!value || typeof value !== "object" || depth > 6) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key !== "cl-errors" || !Array.isArray(inner)) {
        visit(inner, depth + 1);
        continue;
      }
      for (const { code, message } of inner as { code?: string; message?: string }[]) {
        found.set(`${code} ${message}`, { code: code ?? "", text: message ?? code ?? "It is wrong.", remedy: remedies[code ?? ""] ?? again });
      }
    }
  };
  visit(e.source, 0);
  return [...found.values()];
}
