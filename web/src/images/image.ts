import type { Image } from "@aws-sdk/client-appstream";

// What an image is, in words, and what may be done with it.

// nameRule is that of AppStream.
export const nameRule = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,100}$/;
export const nameWords = "Letters, digits, underscores, periods and hyphens, 101 at most; the first is a letter or a digit.";

// wordsRule is that of descriptions and display names of imported images.
export const wordsRule = /^[a-zA-Z0-9_.() -]*$/;
export const wordsWords = "Letters, digits, spaces and . _ - ( ) only.";

export const platforms: Record<string, string> = {
  WINDOWS: "Windows", WINDOWS_SERVER_2016: "Windows Server 2016", WINDOWS_SERVER_2019: "Windows Server 2019", WINDOWS_SERVER_2022: "Windows Server 2022",
  WINDOWS_SERVER_2025: "Windows Server 2025", WINDOWS_11: "Windows 11", AMAZON_LINUX2: "Amazon Linux 2", RHEL8: "Red Hat Enterprise Linux 8",
  ROCKY_LINUX8: "Rocky Linux 8", UBUNTU_PRO_2404: "Ubuntu Pro 24.04",
};

export const states: Record<string, string> = {
  PENDING: "Pending", AVAILABLE: "Available", FAILED: "Failed", COPYING: "Copying", DELETING: "Deleting", CREATING: "Creating", IMPORTING: "Importing",
  VALIDATING: "Checking the disk",
};

export const visibilities: Record<string, string> = { PRIVATE: "Private", PUBLIC: "Public", SHARED: "Shared with you" };

// atWork says that something is being done with the image right now.
export function atWork(image: Image): boolean {
  return image.State !== "AVAILABLE" && image.State !== "FAILED";
}

// ownerOf is the number of an account; "public" for an image that belongs to none.
export function ownerOf(image: Image): string {
  return image.Arn?.split(":")[4] || "public";
}

export function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}

export function arnOf(region: string, owner: string, name: string): string {
  return `arn:aws:appstream:${region}:${owner === "public" ? "" : owner}:image/${name}`;
}

// pageOf is where an image is looked at, without /console.
export function pageOf(image: Image): string {
  return `/images/${regionOf(image.Arn ?? "")}/${ownerOf(image)}/${image.Name}`;
}

export type Verb = "copy" | "update" | "share" | "export" | "delete";

const past: Record<Verb, string> = { copy: "copied", update: "updated", share: "shared", export: "exported", delete: "deleted" };

// whyNot says what forbids an action; nothing when it may be done.
export function whyNot(image: Image, verb: Verb): string | undefined {
  const state = (states[image.State ?? ""] ?? "at work").toLowerCase();
  if (image.Visibility === "PUBLIC") return `Public images cannot be ${past[verb]}. The operator takes one back with ownsight image withdraw.`;
  if (image.Visibility === "SHARED") return `Only its owner, account ${ownerOf(image)}, can have it ${past[verb]}.`;
  if (verb === "delete") {
    if (atWork(image)) return `It is ${state}. It can be deleted when that has ended.`;
    if (image.ImageSharedWithOthers === "TRUE") return "It is shared with other accounts. Stop sharing it first.";
    return undefined;
  }
  if (image.State !== "AVAILABLE") return `It is ${state}. Only an available image can be ${past[verb]}.`;
  return undefined;
}
