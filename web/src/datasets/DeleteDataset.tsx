import { DeleteDatasetCommand } from "@aws-sdk/client-rekognition";
import { useQueryClient } from "@tanstack/react-query";
import { useRekognition } from "../session/clients";
import { Ask } from "../shell/Ask";
import { counted } from "./amounts";

export function DeleteDataset({ arn, total, close, gone }: { arn: string; total: number; close: () => void; gone?: () => void }) {
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const name = arn.includes("/dataset/train/") ? "training" : "test";

  async function remove() {
    try {
      await rekognition.send(new DeleteDatasetCommand({ DatasetArn: arn }));
      gone?.();
    } finally {
      await queries.invalidateQueries({ queryKey: ["projects"] });
      await queries.invalidateQueries({ queryKey: ["datasets"] });
    }
  }

  return (
    <Ask title={`Delete the ${name} dataset?`} doing={`Deleting the ${name} dataset`} verb="Delete" word="delete" act={remove} close={close}>
      The labels of {counted(total, "picture")} are deleted for good. The pictures stay in their bucket, and models that were trained with them stay too. To keep the labels, export the manifest first.
    </Ask>
  );
}
