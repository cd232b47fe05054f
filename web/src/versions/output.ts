import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Ref } from "../datasets/entry";
import type { Version } from "./version";

const longest = 255; // bytes of a file's name in the output location

// outputOf is where a file of a training lies: PREFIX/KIND-PROJECT-VERSION.ENDING. A name that would be too long ends in the
// first half of a digest's digits, as the server has it.
export async function outputOf(v: Version, kind: string, ending: "json" | "html" | "onnx"): Promise<Ref> {
  let name = `${kind}-${v.project}-${v.name}`;
  if (name.length + ending.length + 1 > longest) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
    const end = `-${[...digest.slice(0, 8)].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
    name = name.slice(0, longest - end.length - ending.length - 1) + end;
  }
  const prefix = (v.OutputConfig?.S3KeyPrefix ?? "").replace(/\/+$/, "");
  return { bucket: v.OutputConfig?.S3Bucket ?? "", key: `${prefix ? `${prefix}/` : ""}${name}.${ending}` };
}

// readJSON reads a file of the output location; nothing where there is no such file.
export async function readJSON<T>(s3: S3Client, at: Ref): Promise<T | null> {
  try {
    const got = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: at.key }));
    return JSON.parse(await got.Body!.transformToString()) as T;
  } catch (thrown) {
    if ((thrown as { name?: string }).name === "NoSuchKey") return null;
    throw thrown;
  }
}
