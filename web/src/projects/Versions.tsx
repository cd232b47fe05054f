import type { ProjectDescription, ProjectVersionDescription } from "@aws-sdk/client-rekognition";
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { duration } from "../datasets/amounts";
import { StopOrDelete } from "../versions/manage/StopOrDelete";
import { Units } from "../versions/manage/Units";
import { canDelete, canStart, isRunning, isTrained } from "../versions/version";
import { CopyVersion } from "./CopyVersion";
import { projectOf, versionOf } from "./names";
import { shortly } from "./NextStep";
import { State } from "./states";
import { when } from "./when";

const nameOf = (v: ProjectVersionDescription) => versionOf(v.ProjectVersionArn!);
const selectOne = "Select one model.";

// Versions lists a project's models, with all that can be done with them.
export function Versions({ project, versions, loading }: { project: ProjectDescription; versions: ProjectVersionDescription[]; loading: boolean }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<"start" | "stop" | "delete" | "copy" | "bring">();
  const name = projectOf(project.ProjectArn!);
  const { items, collectionProps } = useCollection(versions, {
    sorting: { defaultState: { sortingColumn: { sortingField: "CreationTimestamp" }, isDescending: true } },
    selection: { keepSelection: true, trackBy: "ProjectVersionArn" },
  });
  // What is selected is shown as it is now.
  const selected = versions.filter((v) => collectionProps.selectedItems?.some((s) => s.ProjectVersionArn === v.ProjectVersionArn));
  const one = selected.length === 1 ? selected[0] : undefined;
  const home = `/projects/${name}/versions`;

  return (
    <>
      <Table
        {...collectionProps}
        items={items}
        loading={loading}
        loadingText="Loading the models"
        selectionType="multi"
        trackBy="ProjectVersionArn"
        wrapLines
        columnDefinitions={[
          {
            id: "name", header: "Version", isRowHeader: true, minWidth: 110, sortingComparator: (a, b) => nameOf(a).localeCompare(nameOf(b), "en", { numeric: true }),
            cell: (v) => <Link href={`/console${home}/${nameOf(v)}`} onFollow={(e) => { e.preventDefault(); navigate(`${home}/${nameOf(v)}`); }}>{nameOf(v)}</Link>,
          },
          { id: "status", header: "Status", minWidth: 170, sortingField: "Status", cell: (v) => <Status of={v} /> },
          { id: "f1", header: "F1", minWidth: 80, sortingComparator: (a, b) => (a.EvaluationResult?.F1Score ?? -1) - (b.EvaluationResult?.F1Score ?? -1), cell: (v) => v.EvaluationResult?.F1Score?.toFixed(3) ?? "-" },
          { id: "created", header: "Created", minWidth: 150, sortingField: "CreationTimestamp", cell: (v) => when(v.CreationTimestamp) },
          { id: "time", header: "Training time", minWidth: 110, sortingField: "BillableTrainingTimeInSeconds", cell: (v) => (v.BillableTrainingTimeInSeconds === undefined ? "-" : duration(v.BillableTrainingTimeInSeconds)) },
        ]}
        header={
          <Header
            variant="h2"
            counter={`(${versions.length})`}
            description="Every training makes a version. Select two to compare them."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected.length !== 2} disabledReason="Select two models." onClick={() => navigate(`${home}/${nameOf(selected[0]!)}?with=${encodeURIComponent(nameOf(selected[1]!))}`)}>Compare</Button>
                <Button disabled={!one || !canStart(one)} disabledReason={!one ? selectOne : isRunning(one) ? "It runs already." : "It cannot be started now."} onClick={() => setOpen("start")}>Start</Button>
                <ButtonDropdown
                  items={[
                    { id: "open", text: "Open", disabled: !one, disabledReason: selectOne },
                    { id: "stop", text: "Stop", disabled: selected.length === 0 || !selected.every(isRunning), disabledReason: selected.length === 0 ? "Select a running model." : "It does not run." },
                    { id: "copy", text: "Copy or share", disabled: !one || !isTrained(one), disabledReason: one ? "There is no model yet." : selectOne },
                    { id: "delete", text: "Delete", disabled: selected.length === 0 || !selected.every(canDelete), disabledReason: selected.length === 0 ? "Select a model." : selected.some(isRunning) ? "Stop it first." : "Something is still being done with it." },
                    { id: "bring", text: "Copy a model into this project" },
                  ]}
                  onItemClick={({ detail }) => (detail.id === "open" ? navigate(`${home}/${nameOf(one!)}`) : setOpen(detail.id as typeof open))}
                >
                  Actions
                </ButtonDropdown>
              </SpaceBetween>
            }
          >
            Models
          </Header>
        }
        empty={<Box textAlign="center" color="inherit" padding="m">No model yet. Label some pictures, then train.</Box>}
        ariaLabels={{ tableLabel: "Models", selectionGroupLabel: "Select models", allItemsSelectionLabel: () => "All models", itemSelectionLabel: (_, v) => nameOf(v) }}
      />
      {open === "start" && one && <Units version={one} close={() => setOpen(undefined)} />}
      {open === "copy" && one && <CopyVersion projectArn={project.ProjectArn!} version={one} close={() => setOpen(undefined)} />}
      {open === "bring" && <CopyVersion projectArn={project.ProjectArn!} close={() => setOpen(undefined)} />}
      {(open === "stop" || open === "delete") && <StopOrDelete what={open} arns={selected.map((v) => v.ProjectVersionArn!)} close={() => setOpen(undefined)} />}
    </>
  );
}

// Status shows a version's state, and while something goes on how far it is.
function Status({ of: v }: { of: ProjectVersionDescription }) {
  const message = v.Status === "TRAINING_IN_PROGRESS" ? shortly(v.StatusMessage) : /FAILED|COPYING_IN/.test(v.Status ?? "") ? v.StatusMessage : undefined;
  return (
    <>
      <State of={v.Status} />
      {message && <Box variant="small" display="block">{message}</Box>}
    </>
  );
}
