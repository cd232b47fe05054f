import type { ProjectDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition, useS3 } from "../session/clients";
import { useSession } from "../session/session";
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
    } catch (thrown) {
      notices.fail("Removing pictures", thrown);
    }
    await queries.invalidateQueries();
    close();
  }

  return (
    <Modal
      visible
      onDismiss={() => !doing && close()}
      closeAriaLabel="Close"
      header={`Remove ${counted(uris.size, "picture")} from the dataset?`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={!!doing} onClick={close}>Cancel</Button>
            <Button variant="primary" loading={!!doing} onClick={remove}>Remove</Button>
          </SpaceBetween>
        </Box>
      }
    >
      {doing ? (
        <StatusIndicator type="in-progress" wrapText>{doing}</StatusIndicator>
      ) : (
        <SpaceBetween size="s">
          <Box variant="p">The files stay in their bucket; their labels are gone from the dataset.</Box>
          <Box variant="p" color="text-body-secondary">
            AWS has no call for this. The entries that stay are written to a manifest in the bucket {bucket}, and the dataset is created again from it: it gets a new ARN.
          </Box>
        </SpaceBetween>
      )}
    </Modal>
  );
}
