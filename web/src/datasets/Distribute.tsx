import { DistributeDatasetEntriesCommand, type ProjectDescription } from "@aws-sdk/client-rekognition";
import { useQueryClient } from "@tanstack/react-query";
import { projectOf } from "../projects/names";
import { useRekognition } from "../session/clients";
import { Ask } from "../shell/Ask";
import { useNotices } from "../shell/notices";
import { settled } from "./change";
import { datasetOf } from "./import/additions";

// Distribute moves a fifth of the training pictures into the test dataset, which is made if there is none.
export function Distribute({ project, close }: { project: ProjectDescription; close: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();

  async function distribute() {
    const name = projectOf(project.ProjectArn!);
    try {
      const both = [await datasetOf(rekognition, name, "train", {}), await datasetOf(rekognition, name, "test", {})];
      await rekognition.send(new DistributeDatasetEntriesCommand({ Datasets: both.map((Arn) => ({ Arn })) }));
      await queries.invalidateQueries({ queryKey: ["projects"] });
      const end = await settled(rekognition, both[1]!);
      if (end.Status === "UPDATE_FAILED") throw Object.assign(new Error(`${end.StatusMessage} Every label needs two pictures at least.`), { name: "Not enough pictures" });
      notices.say({ id: "distributed", type: "success", header: `${end.DatasetStats?.TotalEntries ?? 0} pictures are in the test dataset now` });
    } finally {
      await queries.invalidateQueries();
    }
  }

  return (
    <Ask title="Take a fifth of the training pictures for tests?" doing="Moving pictures into the test dataset" verb="Move them" act={distribute} close={close}>
      A fifth of each label&apos;s pictures moves from the training to the test dataset, so that every model is judged by the same pictures and versions can be compared. Without a test dataset every training sets a
      fifth aside by itself.
    </Ask>
  );
}
