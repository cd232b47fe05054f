import type { DatasetDescription, ProjectDescription } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { count } from "../datasets/amounts";
import { inProgress } from "../datasets/change";
import { DeleteDataset } from "../datasets/DeleteDataset";
import { Distribute } from "../datasets/Distribute";
import { NewDataset } from "./NewDataset";
import { projectOf } from "./names";
import { useLabels } from "./queries";
import { State } from "./states";

// DatasetCard shows one of a project's two datasets, or how to come by it.
export function DatasetCard({ project, type, arn, dataset, training }: {
  project: ProjectDescription; type: "train" | "test"; arn?: string; dataset?: DatasetDescription | null; training?: DatasetDescription | null;
}) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<"new" | "distribute" | "delete">();
  const labels = useLabels(arn, dataset);
  const name = projectOf(project.ProjectArn!);
  const home = `/projects/${name}/datasets/${type}`;
  const stats = dataset?.DatasetStats;
  const total = stats?.TotalEntries ?? 0, unlabelled = total - (stats?.LabeledEntries ?? 0), errors = stats?.ErrorEntries ?? 0;
  const failed = dataset?.Status?.endsWith("_FAILED");
  const canSplit = type === "test" && total === 0 && (training?.DatasetStats?.LabeledEntries ?? 0) > 0;
  const link = (text: string, path: string) => <Link href={`/console${path}`} onFollow={(e) => { e.preventDefault(); navigate(path); }}>{text}</Link>;
  const names = labels.data ?? [];

  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h2"
          info={dataset && <State of={dataset.Status} />}
          actions={
            arn ? (
              <SpaceBetween direction="horizontal" size="xs">
                <ButtonDropdown
                  ariaLabel={`More for the ${type === "train" ? "training" : "test"} dataset`}
                  variant="icon"
                  items={[{ id: "delete", text: "Delete the dataset", disabled: inProgress(dataset?.Status) }]}
                  onItemClick={() => setOpen("delete")}
                />
                <Button onClick={() => navigate(home)}>Open</Button>
              </SpaceBetween>
            ) : (
              <Button onClick={() => setOpen("new")}>Create</Button>
            )
          }
        >
          {type === "train" ? "Training dataset" : "Test dataset"}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {failed && (
          <Alert type={dataset!.Status === "CREATE_FAILED" ? "error" : "warning"} header={dataset!.Status === "CREATE_FAILED" ? "It could not be created" : "The last update was not taken"}>
            {dataset!.StatusMessage} {dataset!.Status === "CREATE_FAILED" ? "Delete it and create it again." : "The content is as it was before."}
          </Alert>
        )}
        {!arn && (
          <Box color="text-body-secondary">
            {type === "train" ? "Drag pictures onto this page, or create it from pictures in S3, from a manifest or from another dataset." : "None: at training, a fifth of the training pictures is set aside to judge the model by."}
          </Box>
        )}
        {arn && dataset && (
          <KeyValuePairs
            columns={4}
            items={[
              { label: "Pictures", value: link(count(total), home) },
              { label: "Unlabelled", value: unlabelled > 0 ? link(`${count(unlabelled)} unlabelled`, `${home}/label?only=unlabelled`) : "0" },
              { label: "Labels", value: count(stats?.TotalLabels ?? 0) },
              { label: "With errors", value: errors > 0 ? link(count(errors), `${home}?state=errors`) : "0" },
            ]}
          />
        )}
        {names.length > 0 && (
          <SpaceBetween direction="horizontal" size="xxs">
            {[...names].sort((a, b) => (b.LabelStats?.EntryCount ?? 0) - (a.LabelStats?.EntryCount ?? 0)).slice(0, 12).map((l) => (
              <Badge key={l.LabelName}>{l.LabelName} {count(l.LabelStats?.EntryCount ?? 0)}</Badge>
            ))}
            {names.length > 12 && <Box variant="span">and {names.length - 12} more</Box>}
          </SpaceBetween>
        )}
        {(total > 0 || canSplit) && (
          <SpaceBetween direction="horizontal" size="xs">
            {total > 0 && <Button iconName="edit" onClick={() => navigate(`${home}/label${unlabelled > 0 ? "?only=unlabelled" : ""}`)}>Label pictures</Button>}
            {canSplit && <Button onClick={() => setOpen("distribute")}>Take a fifth of the training pictures</Button>}
          </SpaceBetween>
        )}
      </SpaceBetween>
      {open === "new" && <NewDataset project={project} type={type} close={() => setOpen(undefined)} />}
      {open === "distribute" && <Distribute project={project} close={() => setOpen(undefined)} />}
      {open === "delete" && arn && <DeleteDataset arn={arn} total={total} close={() => setOpen(undefined)} />}
    </Container>
  );
}
