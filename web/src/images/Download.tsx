import type { ExportImageTask } from "@aws-sdk/client-appstream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useS3 } from "../session/clients";
import { useSession } from "../session/session";
import { useNotices } from "../shell/notices";
import { bucketOf, fileOf } from "./disk";

// Download hands the browser the file of an export, which may be larger than a tab can hold: by an address that is signed
// for a few minutes.
export function Download({ task, region }: { task: ExportImageTask; region: string }) {
  const { account } = useSession();
  const s3 = useS3(region);
  const { fail } = useNotices();
  const [busy, setBusy] = useState(false);
  async function download() {
    setBusy(true);
    try {
      const bucket = bucketOf(account, region);
      const key = await fileOf(s3, bucket, task);
      if (!key) throw Object.assign(new Error(`There is no file of this export in the bucket ${bucket} any more.`), { name: "NoSuchKey" });
      const name = key.slice(key.lastIndexOf("/") + 1);
      const link = document.createElement("a");
      link.href = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key, ResponseContentDisposition: `attachment; filename="${name}"` }), { expiresIn: 300 });
      link.download = name;
      link.click();
    } catch (thrown) {
      fail("Downloading the disk", thrown);
    } finally {
      setBusy(false);
    }
  }
  return <Button variant="inline-link" iconName="download" loading={busy} ariaLabel={`Download ${task.AmiName}`} onClick={() => void download()}>Download</Button>;
}
