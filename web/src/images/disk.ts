import type { ExportImageTask } from "@aws-sdk/client-appstream";
import { ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand, type S3Client } from "@aws-sdk/client-s3";

// bucketOf is where the disks of an account's exports in a region are written.
export const bucketOf = (account: string, region: string) => `ownsight-exports-${account}-${region}`;

// fileOf gives the key of the file that an export has written.
export async function fileOf(s3: S3Client, bucket: string, task: ExportImageTask): Promise<string | undefined> {
  const found = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${task.TaskId}/` }));
  return found.Contents?.[0]?.Key;
}

// writtenOf gives how many bytes of the file S3 has while the export writes it, in parts. A task itself does not say how far it is.
export async function writtenOf(s3: S3Client, bucket: string, task: ExportImageTask): Promise<number | undefined> {
  const begun = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${task.TaskId}/` }));
  const upload = begun.Uploads?.[0];
  if (!upload) return undefined;
  let bytes = 0;
  // The last page has a marker, too: only IsTruncated says whether there is another one.
  for (let marker: string | undefined, more = true; more; ) {
    const page = await s3.send(new ListPartsCommand({ Bucket: bucket, Key: upload.Key, UploadId: upload.UploadId, PartNumberMarker: marker }));
    for (const part of page.Parts ?? []) bytes += part.Size ?? 0;
    marker = page.NextPartNumberMarker;
    more = !!page.IsTruncated && !!marker;
  }
  return bytes;
}
