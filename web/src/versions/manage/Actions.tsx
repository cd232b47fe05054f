import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { CopyVersion } from "../../projects/CopyVersion";
import { canDelete, canStart, isRunning, isTrained, type Version } from "../version";
import { StopOrDelete } from "./StopOrDelete";
import { Units } from "./Units";

type Doing = "units" | "stop" | "copy" | "delete";

// Actions is what can be done with a model.
export function Actions({ version }: { version: Version }) {
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const running = isRunning(version);
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {running ? <Button onClick={() => setDoing("stop")}>Stop</Button> : <Button variant="primary" disabled={!canStart(version)} loading={version.Status === "STARTING"} onClick={() => setDoing("units")}>Start</Button>}
        <ButtonDropdown
          items={[
            { id: "units", text: "Change inference units", disabled: !running, disabledReason: "The model does not run." },
            { id: "copy", text: "Copy or share", disabled: !isTrained(version), disabledReason: "There is no model yet." },
            { id: "delete", text: "Delete", disabled: !canDelete(version), disabledReason: running ? "Stop the model first." : "Something is still being done with it." },
          ]}
          onItemClick={({ detail }) => setDoing(detail.id as Doing)}
        >
          Actions
        </ButtonDropdown>
      </SpaceBetween>
      {doing === "units" && <Units version={version} close={close} />}
      {doing === "copy" && <CopyVersion projectArn={version.projectArn} version={version} close={close} />}
      {(doing === "stop" || doing === "delete") && (
        <StopOrDelete what={doing} arns={[version.ProjectVersionArn]} close={close} gone={doing === "delete" ? () => navigate(`/projects/${encodeURIComponent(version.project)}`) : undefined} />
      )}
    </>
  );
}
