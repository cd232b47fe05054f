import type { ProjectDescription } from "@aws-sdk/client-rekognition";
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { CreateProject } from "./CreateProject";
import { DeleteProject } from "./DeleteProject";
import { FirstModel } from "./FirstModel";
import { projectOf } from "./names";
import { useProjects, useVersions } from "./queries";
import { State } from "./states";
import { when } from "./when";

const nameOf = (p: ProjectDescription) => projectOf(p.ProjectArn!);

export default function Projects() {
  usePage([{ text: "Projects", href: "/projects" }]);
  const navigate = useNavigate();
  const projects = useProjects();
  const [open, setOpen] = useState<"create" | "delete">();
  const list = projects.data ?? [];
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(list, {
    filtering: {
      filteringFunction: (p, text) => nameOf(p).toLowerCase().includes(text.trim().toLowerCase()),
      noMatch: <Box textAlign="center" padding="l">No project has this in its name. <Button variant="inline-link" onClick={() => filterProps.onChange({ detail: { filteringText: "" } } as never)}>Clear the filter</Button></Box>,
    },
    pagination: { pageSize: 20 },
    sorting: { defaultState: { sortingColumn: { sortingField: "CreationTimestamp" }, isDescending: true } },
    selection: { keepSelection: false, trackBy: "ProjectArn" },
  });
  const selected = collectionProps.selectedItems?.[0];

  if (projects.isError) return <Failure of="The list of projects" thrown={projects.error} retry={() => void projects.refetch()} />;
  return (
    <>
      {projects.isSuccess && list.length === 0 ? (
        <FirstModel create={() => setOpen("create")} />
      ) : (
        <Table
          {...collectionProps}
          variant="full-page"
          stickyHeader
          loading={projects.isPending}
          loadingText="Loading the projects"
          selectionType="single"
          items={items}
          trackBy="ProjectArn"
          columnDefinitions={[
            {
              id: "name", header: "Name", sortingComparator: (a, b) => nameOf(a).localeCompare(nameOf(b)), isRowHeader: true, minWidth: 130,
              cell: (p) => <Link href={`/console/projects/${nameOf(p)}`} onFollow={(e) => { e.preventDefault(); navigate(`/projects/${nameOf(p)}`); }}>{nameOf(p)}</Link>,
            },
            { id: "versions", header: "Models", cell: (p) => <Versions of={p} />, minWidth: 110 },
            { id: "datasets", header: "Datasets", cell: (p) => <Datasets of={p} />, minWidth: 160 },
            { id: "created", header: "Created", sortingField: "CreationTimestamp", cell: (p) => when(p.CreationTimestamp), minWidth: 150 },
          ]}
          header={
            <Header
              variant="awsui-h1-sticky"
              counter={projects.isSuccess ? `(${list.length})` : undefined}
              description="A project holds pictures of one task, their labels, and the models that learn from them."
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button disabled={!selected} disabledReason="Select a project first." onClick={() => setOpen("delete")}>Delete</Button>
                  <Button variant="primary" onClick={() => setOpen("create")}>Create project</Button>
                </SpaceBetween>
              }
            >
              Projects
            </Header>
          }
          filter={<TextFilter {...filterProps} filteringPlaceholder="Find projects" filteringAriaLabel="Find projects" countText={`${filteredItemsCount} found`} />}
          pagination={list.length > 20 && <Pagination {...paginationProps} ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (n) => `Page ${n}` }} />}
          ariaLabels={{ tableLabel: "Projects", selectionGroupLabel: "Select a project", itemSelectionLabel: (_, p) => nameOf(p) }}
        />
      )}
      {open === "create" && <CreateProject taken={list.map(nameOf)} close={() => setOpen(undefined)} />}
      {open === "delete" && selected && <DeleteProject project={selected} close={() => setOpen(undefined)} gone={() => setOpen(undefined)} />}
    </>
  );
}

// Versions counts a project's models. Only the rows that are shown ask.
function Versions({ of }: { of: ProjectDescription }) {
  const versions = useVersions(of.ProjectArn);
  if (!versions.data) return versions.isError ? "-" : <Spinner />;
  const count = (status: string) => versions.data.filter((v) => v.Status === status).length;
  const running = count("RUNNING"), training = count("TRAINING_IN_PROGRESS");
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <span>{versions.data.length}</span>
      {running > 0 && <Box color="text-status-success">{running} running</Box>}
      {training > 0 && <Box color="text-status-info">{training} training</Box>}
    </SpaceBetween>
  );
}

function Datasets({ of }: { of: ProjectDescription }) {
  if (of.Status !== "CREATED") return <State of={of.Status} />;
  if (!of.Datasets?.length) return <Box color="text-body-secondary">None yet</Box>;
  return (
    <SpaceBetween size="xxxs">
      {of.Datasets.map((d) => (
        <div key={d.DatasetArn} style={{ display: "flex", gap: 8 }}>
          <span>{d.DatasetType === "TRAIN" ? "Training" : "Test"}</span>
          <State of={d.Status} />
        </div>
      ))}
    </SpaceBetween>
  );
}
