import type { ExportImageTask } from "@aws-sdk/client-appstream";
import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

// bucketOf is where the disks of an account's exports in a region are written.
export const bucketOf = (account: string, region: string) => `ownsight-exports-${account}-${region}`;

// fileOf gives the key of the file that an export has written.
export async function fileOf(s3: S3Client, bucket: string, task: ExportImageTask): Promise<string | undefined> {
  const found = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${task.TaskId}/` }));
  return found.Contents?.[0]?.Key;
}
