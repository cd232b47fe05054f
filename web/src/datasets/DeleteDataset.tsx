import { DeleteDatasetCommand } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition } from "../session/clients";
import { useNotices } from "../shell/notices";
import { counted } from "./amounts";

export function DeleteDataset({ arn, total, close, gone }: { arn: string; total: number; close: () => void; gone?: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const name = arn.includes("/dataset/train/") ? "training" : "test";

  async function remove() {
    setBusy(true);
    try {
      await rekognition.send(new DeleteDatasetCommand({ DatasetArn: arn }));
      gone?.();
    } catch (thrown) {
      notices.fail(`Deleting the ${name} dataset`, thrown);
    }
    await queries.invalidateQueries({ queryKey: ["projects"] });
    await queries.invalidateQueries({ queryKey: ["datasets"] });
    close();
  }

  return (
    <Modal
      visible
      onDismiss={close}
      closeAriaLabel="Close"
      header={`Delete the ${name} dataset?`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={remove}>Delete</Button>
          </SpaceBetween>
        </Box>
      }
    >
      The labels of {counted(total, "picture")} are deleted for good. The pictures stay in their bucket, and models that were trained with them stay too. To keep the labels, export the manifest first.
    </Modal>
  );
}
