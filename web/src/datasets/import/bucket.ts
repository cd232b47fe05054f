import { CreateBucketCommand, HeadBucketCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { Session } from "../../session/session";

// defaultBucket is where the console puts what it uploads, unless told otherwise: one for each account and region.
export const defaultBucket = (s: Session) => `custom-labels-${s.account}-${s.region}`;

// nameTrouble says what is wrong with a bucket's name.
export function nameTrouble(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return "A bucket's name has 3 to 63 characters.";
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name)) return "Small letters, digits, dots and hyphens, with a letter or digit at either end.";
  return undefined;
}

// ensureBucket makes the bucket if it is not there.
export async function ensureBucket(s3: S3Client, bucket: string, signal?: AbortSignal): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
  } catch (thrown) {
    if ((thrown as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 404) throw thrown;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }), { abortSignal: signal }).catch((again: Error) => {
      if (again.name !== "BucketAlreadyOwnedByYou") throw again; // another tab was quicker
    });
  }
}

// sizesBelow lists what lies below a prefix already.
export async function sizesBelow(s3: S3Client, bucket: string, prefix: string, found: (n: number) => void, signal?: AbortSignal): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let token: string | undefined, more = true; more; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }), { abortSignal: signal });
    for (const o of page.Contents ?? []) sizes.set(o.Key!, o.Size ?? -1);
    found(sizes.size);
    token = page.NextContinuationToken;
    more = !!page.IsTruncated && !!token;
  }
  return sizes;
}
