import {
  DeleteDatasetCommand, DeleteProjectCommand, DeleteProjectVersionCommand, DescribeProjectsCommand, type ProjectDescription, type RekognitionClient, StopProjectVersionCommand,
} from "@aws-sdk/client-rekognition";
import { inProgress } from "../datasets/change";
import { patiently, pause } from "../datasets/patience";
import { versionOf } from "./names";
import { versionsOf } from "./queries";

// removeProject deletes a project with all that hangs on it: running models are stopped, versions and datasets deleted, and then the
// project. It tells what it does, and may be called again when it was interrupted.
export async function removeProject(rekognition: RekognitionClient, project: ProjectDescription, tell: (doing: string) => void, signal: AbortSignal): Promise<void> {
  const name = project.ProjectArn!.split("/")[1]!;
  const ask = <T,>(act: () => Promise<T>) => patiently(act, (waiting) => waiting && tell("Waiting for the server to answer"), signal);
  const gone = (thrown: Error) => {
    if (thrown.name !== "ResourceNotFoundException" && thrown.name !== "ResourceInUseException") throw thrown; // it is gone, or still moves: it is looked at again
  };
  for (;;) {
    const [found] = (await ask(() => rekognition.send(new DescribeProjectsCommand({ ProjectNames: [name] })))).ProjectDescriptions ?? [];
    if (!found || found.ProjectArn !== project.ProjectArn) return;
    if (found.Status === "CREATED") {
      const versions = await ask(() => versionsOf(rekognition, found.ProjectArn!));
      const datasets = found.Datasets ?? [];
      if (versions.length + datasets.length > 0) tell(`Deleting ${versions.length} model versions and ${datasets.length} datasets`);
      for (const v of versions) {
        const arn = { ProjectVersionArn: v.ProjectVersionArn };
        if (v.Status === "TRAINING_IN_PROGRESS" || v.Status === "COPYING_IN_PROGRESS") tell(`Waiting for the version ${versionOf(v.ProjectVersionArn!)}: it cannot be deleted before its ${v.Status === "TRAINING_IN_PROGRESS" ? "training" : "copy"} has ended`);
        else if (v.Status === "RUNNING") await ask(() => rekognition.send(new StopProjectVersionCommand(arn))).then(() => {}, gone);
        else if (!["STARTING", "STOPPING", "DELETING"].includes(v.Status!)) await ask(() => rekognition.send(new DeleteProjectVersionCommand(arn))).then(() => {}, gone);
      }
      for (const d of datasets) {
        if (!inProgress(d.Status)) await ask(() => rekognition.send(new DeleteDatasetCommand({ DatasetArn: d.DatasetArn }))).then(() => {}, gone);
      }
      if (versions.length + datasets.length === 0) {
        tell("Deleting the project");
        await ask(() => rekognition.send(new DeleteProjectCommand({ ProjectArn: found.ProjectArn }))).then(() => {}, gone);
      }
    }
    await pause(400, signal);
  }
}
