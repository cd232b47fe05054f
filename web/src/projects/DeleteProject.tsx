import type { ProjectDescription } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { counted } from "../datasets/amounts";
import { useRekognition } from "../session/clients";
import { Ask } from "../shell/Ask";
import { useNotices } from "../shell/notices";
import { removeProject } from "./deletion";
import { projectOf } from "./names";
import { useVersions } from "./queries";

export function DeleteProject({ project, close, gone }: { project: ProjectDescription; close: () => void; gone: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();
  const versions = useVersions(project.ProjectArn);
  const [doing, setDoing] = useState<string>();
  const stop = useRef(new AbortController());
  const name = projectOf(project.ProjectArn!);
  useEffect(() => () => stop.current.abort(), []);
  const running = versions.data?.filter((v) => v.Status === "RUNNING").length ?? 0;

  async function remove() {
    setDoing("Looking what there is");
    stop.current = new AbortController();
    try {
      await removeProject(rekognition, project, setDoing, stop.current.signal);
      notices.say({ id: `deleted ${name}`, type: "success", header: `The project ${name} was deleted` });
      gone();
    } catch (thrown) {
      if (!stop.current.signal.aborted) throw thrown;
    } finally {
      setDoing(undefined);
      void queries.invalidateQueries({ queryKey: ["projects"] });
    }
  }

  return (
    <Ask title={`Delete the project ${name}?`} doing={`Deleting the project ${name}`} verb="Delete" word="delete" act={remove} close={close}>
      {doing && <StatusIndicator type="in-progress" wrapText>{doing}. Cancel stops here; what is deleted by then stays so.</StatusIndicator>}
      <Alert type="warning">
        Deleted for good: {versions.data ? counted(versions.data.length, "model") : "all models"}{running > 0 && ` (${running} running)`}, {counted(project.Datasets?.length ?? 0, "dataset")} with all labels, and the project&apos;s policies and tags. Pictures and
        training results in buckets stay.
      </Alert>
    </Ask>
  );
}
