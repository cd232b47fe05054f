import type { ProjectDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition, useS3 } from "../session/clients";
import { useSession } from "../session/session";
import { Ask } from "../shell/Ask";
import { useNotices } from "../shell/notices";
import { counted } from "./amounts";
import { defaultBucket } from "./import/bucket";
import { removeEntries } from "./removal";

export function Remove({ project, arn, uris, close }: { project: ProjectDescription; arn: string; uris: Set<string>; close: () => void }) {
  const rekognition = useRekognition(), s3 = useS3();
  const bucket = defaultBucket(useSession());
  const notices = useNotices();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<string>();

  async function remove() {
    setDoing("Reading the dataset");
    try {
      await removeEntries({ rekognition, s3 }, { project: project.ProjectArn!, arn, bucket, gone: uris }, setDoing, new AbortController().signal);
      notices.say({ id: "removed", type: "success", header: `${counted(uris.size, "picture")} removed from the dataset` });
    } finally {
      setDoing(undefined);
      await queries.invalidateQueries();
    }
  }

  return (
    // What is under way is not to be left in the middle.
    <Ask title={`Remove ${counted(uris.size, "picture")} from the dataset?`} doing="Removing pictures" verb="Remove" act={remove} close={() => !doing && close()}>
      {doing ? (
        <StatusIndicator type="in-progress" wrapText>{doing}</StatusIndicator>
      ) : (
        <>
          <Box variant="p">The files stay in their bucket; their labels are gone from the dataset.</Box>
          <Box variant="p" color="text-body-secondary">
            AWS has no call for this. The entries that stay are written to a manifest in the bucket {bucket}, and the dataset is created again from it: it gets a new ARN.
          </Box>
        </>
      )}
    </Ask>
  );
}
