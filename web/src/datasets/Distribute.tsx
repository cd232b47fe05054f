import { DistributeDatasetEntriesCommand, type ProjectDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { projectOf } from "../projects/names";
import { useRekognition } from "../session/clients";
import { useNotices } from "../shell/notices";
import { settled } from "./change";
import { datasetOf } from "./import/additions";

// Distribute moves a fifth of the training pictures into the test dataset, which is made if there is none.
export function Distribute({ project, close }: { project: ProjectDescription; close: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);

  async function distribute() {
    setBusy(true);
    const name = projectOf(project.ProjectArn!);
    try {
      const both = [await datasetOf(rekognition, name, "train", {}), await datasetOf(rekognition, name, "test", {})];
      await rekognition.send(new DistributeDatasetEntriesCommand({ Datasets: both.map((Arn) => ({ Arn })) }));
      await queries.invalidateQueries({ queryKey: ["projects"] });
      const end = await settled(rekognition, both[1]!);
      if (end.Status === "UPDATE_FAILED") throw Object.assign(new Error(`${end.StatusMessage} Every label needs two pictures at least.`), { name: "Not enough pictures" });
      notices.say({ id: "distributed", type: "success", header: `${end.DatasetStats?.TotalEntries ?? 0} pictures are in the test dataset now` });
    } catch (thrown) {
      notices.fail("Moving pictures into the test dataset", thrown);
    }
    await queries.invalidateQueries();
    close();
  }

  return (
    <Modal
      visible
      onDismiss={close}
      closeAriaLabel="Close"
      header="Take a fifth of the training pictures for tests?"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={distribute}>Move them</Button>
          </SpaceBetween>
        </Box>
      }
    >
      A fifth of each label&apos;s pictures moves from the training to the test dataset, so that every model is judged by the same pictures and versions can be compared. Without a test dataset every training sets a
      fifth aside by itself.
    </Modal>
  );
}
