import type { ProjectDescription } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useRekognition } from "../session/clients";
import { useNotices } from "../shell/notices";
import { removeProject } from "./deletion";
import { useFirstFocus } from "./firstFocus";
import { projectOf } from "./names";
import { useVersions } from "./queries";

export function DeleteProject({ project, close, gone }: { project: ProjectDescription; close: () => void; gone: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();
  const versions = useVersions(project.ProjectArn);
  const first = useFirstFocus<InputProps.Ref>();
  const [typed, setTyped] = useState("");
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
      if (!stop.current.signal.aborted) notices.fail(`Deleting the project ${name}`, thrown);
      close();
    }
    void queries.invalidateQueries({ queryKey: ["projects"] });
  }

  return (
    <Modal
      visible
      onDismiss={close}
      header={`Delete the project ${name}?`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>{doing ? "Stop here" : "Cancel"}</Button>
            <Button variant="primary" disabled={typed !== name} loading={!!doing} onClick={remove}>Delete</Button>
          </SpaceBetween>
        </Box>
      }
    >
      {doing ? (
        <StatusIndicator type="in-progress">{doing}</StatusIndicator>
      ) : (
        <SpaceBetween size="m">
          <Alert type="warning">
            Deleted for good: {versions.data?.length ?? "..."} model versions{running > 0 && ` (${running} running)`}, {project.Datasets?.length ?? 0} datasets with their labels, and the project&apos;s policies and tags. Pictures and
            training results in buckets stay.
          </Alert>
          <FormField label={<>Type <b>{name}</b> to confirm</>}>
            <Input ref={first} value={typed} onChange={({ detail }) => setTyped(detail.value)} onKeyDown={({ detail }) => detail.key === "Enter" && typed === name && remove()} spellcheck={false} ariaLabel="Name of the project" />
          </FormField>
        </SpaceBetween>
      )}
    </Modal>
  );
}
