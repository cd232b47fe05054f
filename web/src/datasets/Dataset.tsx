import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";
import { useDataset, useLabels, useProject } from "../projects/queries";
import { State } from "../projects/states";
import { Tags } from "../projects/Tags";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { count } from "./amounts";
import { DeleteDataset } from "./DeleteDataset";
import { Distribute } from "./Distribute";
import { Exporting } from "./Exporting";
import { Filters } from "./Filters";
import { Upload } from "./import/Upload";
import type { Filter } from "./listing";
import { Pictures } from "./Pictures";
import { Relabel } from "./Relabel";

export default function Dataset() {
  const { project: name, type } = useParams() as { project: string; type: string };
  const kind = type === "test" ? "test" : "train";
  const title = kind === "train" ? "Training dataset" : "Test dataset";
  const home = `/projects/${name}/datasets/${kind}`;
  usePage([{ text: "Projects", href: "/projects" }, { text: name, href: `/projects/${name}` }, { text: title, href: home }]);
  const navigate = useNavigate();
  const project = useProject(name);
  const arn = project.data?.Datasets?.find((d) => d.DatasetType === (kind === "train" ? "TRAIN" : "TEST"))?.DatasetArn;
  const dataset = useDataset(arn);
  const labels = useLabels(arn, dataset.data);
  const [filter, setFilter] = useFilter();
  const [open, setOpen] = useState<"upload" | "distribute" | "delete" | "export" | "tags" | "relabel">();
  const [round, setRound] = useState(0); // of listing the pictures, which other changes than those made among them begin again
  const close = () => setOpen(undefined);
  const byLabel = useMemo(() => new Map((labels.data ?? []).map((l) => [l.LabelName!, l.LabelStats?.EntryCount ?? 0])), [labels.data]);

  if (project.isError) return <Failure of={`The project ${name}`} thrown={project.error} retry={() => void project.refetch()} />;
  if (dataset.isError) return <Failure of="The dataset" thrown={dataset.error} retry={() => void dataset.refetch()} />;
  if (project.isPending || (arn && dataset.isPending)) return <Spinner size="large" />;
  const d = dataset.data;
  if (!project.data || !arn || !d) {
    return (
      <SpaceBetween size="l">
        <Header variant="h1" description={kind === "test" ? "Without one, each training sets a fifth of the training pictures aside." : undefined}>{project.data ? `${name} has no ${kind === "train" ? "training" : "test"} dataset yet` : `There is no project ${name}`}</Header>
        {project.data ? <Upload project={name} into={kind} first /> : <Button onClick={() => navigate("/projects")}>All projects</Button>}
      </SpaceBetween>
    );
  }
  const total = d.DatasetStats?.TotalEntries ?? 0, unlabelled = total - (d.DatasetStats?.LabeledEntries ?? 0);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        counter={`(${count(total)})`}
        info={<State of={d.Status} />}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={[
                { id: "relabel", text: "Rename or remove a label", disabled: byLabel.size === 0, disabledReason: "There are no labels yet." },
                { id: "export", text: "Export the manifest", disabled: total === 0 },
                ...(kind === "test" ? [{ id: "distribute", text: "Take a fifth of the training pictures", disabled: total > 0, disabledReason: "Only an empty test dataset can be filled so." }] : []),
                { id: "tags", text: "Tags" },
                { id: "delete", text: "Delete the dataset" },
              ]}
              onItemClick={({ detail }) => setOpen(detail.id as typeof open)}
            >
              Actions
            </ButtonDropdown>
            <Button disabled={total === unlabelled} disabledReason="Label some pictures first." onClick={() => navigate(`/projects/${name}?train`)}>Train model</Button>
            <Button onClick={() => setOpen(open === "upload" ? undefined : "upload")}>Add pictures</Button>
            <Button variant="primary" iconName="edit" disabled={total === 0} onClick={() => navigate(`${home}/label${unlabelled > 0 ? "?only=unlabelled" : ""}`)}>
              {unlabelled > 0 ? `Label ${count(unlabelled)} unlabelled` : "Label"}
            </Button>
          </SpaceBetween>
        }
      >
        {title}
      </Header>
      {d.Status?.endsWith("_FAILED") && (
        <Alert type={d.Status === "CREATE_FAILED" ? "error" : "warning"} header={d.Status === "CREATE_FAILED" ? "The dataset could not be created" : "The last update was not taken"}>
          {d.StatusMessage} {d.Status === "CREATE_FAILED" ? "Delete it and create it again." : "The content is as it was before."}
        </Alert>
      )}
      {(open === "upload" || (total === 0 && d.Status !== "CREATE_IN_PROGRESS")) && <Upload project={name} into={kind} first={total === 0} extra={total > 0 && <Button variant="icon" iconName="close" ariaLabel="Close" onClick={close} />} />}
      {(total > 0 || d.Status === "CREATE_IN_PROGRESS") && <Filters filter={filter} set={setFilter} stats={d.DatasetStats} labels={labels.data ?? []} />}
      {total > 0 && <Pictures key={round} project={project.data} arn={arn} dataset={d} read={dataset.dataUpdatedAt} labels={labels.data ?? []} byLabel={byLabel} filter={filter} setFilter={setFilter} home={home} />}
      {total === 0 && d.Status === "CREATE_IN_PROGRESS" && <Box>{d.StatusMessage}</Box>}
      {open === "distribute" && <Distribute project={project.data} close={close} />}
      {open === "delete" && <DeleteDataset arn={arn} total={total} close={close} gone={() => navigate(`/projects/${name}`)} />}
      {open === "relabel" && <Relabel project={project.data} labels={labels.data ?? []} done={() => setRound(round + 1)} close={close} />}
      {open === "export" && <Exporting arn={arn} name={`${name}-${kind}.manifest`} total={total} close={close} />}
      {open === "tags" && <Modal visible onDismiss={close} size="large" closeAriaLabel="Close" header={`Tags of the ${title.toLowerCase()}`}><Tags arn={arn} /></Modal>}
    </SpaceBetween>
  );
}

const states: Filter["state"][] = ["all", "labelled", "unlabelled", "errors", "boxes"];

// useFilter keeps the filter in the address, so that a reload and a link show the same pictures.
function useFilter(): [Filter, (f: Filter) => void] {
  const [params, setParams] = useSearchParams();
  const filter = useMemo<Filter>(() => ({ labels: params.getAll("label"), state: states.find((s) => s === (params.get("state") ?? params.get("only"))) ?? "all", name: params.get("name") ?? "" }), [params]);
  const set = (f: Filter) => {
    const next = new URLSearchParams(f.labels.map((l) => ["label", l]));
    if (f.state !== "all") next.set("state", f.state);
    if (f.name) next.set("name", f.name);
    setParams(next, { replace: true });
  };
  return [filter, set];
}
