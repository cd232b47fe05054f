import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useEffect, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";
import { Upload } from "../datasets/import/Upload";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { DatasetCard } from "./DatasetCard";
import { DeleteProject } from "./DeleteProject";
import { NextStep } from "./NextStep";
import { Policies } from "./Policies";
import { useDataset, useProject, useVersions } from "./queries";
import { State } from "./states";
import { Tags } from "./Tags";
import { Train } from "./Train";
import { Versions } from "./Versions";
import { when } from "./when";

export default function Project() {
  const name = useParams().project!;
  usePage([{ text: "Projects", href: "/projects" }, { text: name, href: `/projects/${name}` }]);
  const navigate = useNavigate();
  const project = useProject(name);
  const arn = project.data?.ProjectArn;
  const versions = useVersions(arn);
  const arnOf = (type: "TRAIN" | "TEST") => project.data?.Datasets?.find((d) => d.DatasetType === type)?.DatasetArn;
  const training = useDataset(arnOf("TRAIN")), testing = useDataset(arnOf("TEST"));
  const [open, setOpen] = useState<"train" | "delete">();
  // Other pages ask for a training by an address that ends in ?train, which is said once.
  const [params, setParams] = useSearchParams();
  const asked = params.has("train") && !!versions.data && training.data !== undefined;
  useEffect(() => {
    if (!asked) return;
    setOpen("train");
    setParams({}, { replace: true });
  }, [asked, setParams]);

  if (project.isError) return <Failure of={`The project ${name}`} thrown={project.error} retry={() => void project.refetch()} />;
  if (project.isPending) return <Spinner size="large" />;
  if (!project.data) {
    return (
      <Container header={<Header variant="h1">There is no project {name}</Header>}>
        <SpaceBetween size="m">
          <Box>It was deleted, or belongs to another region or account.</Box>
          <Button onClick={() => navigate("/projects")}>All projects</Button>
        </SpaceBetween>
      </Container>
    );
  }
  const p = project.data, list = versions.data ?? [];
  const empty = !training.data?.DatasetStats?.TotalEntries;
  const known = arnOf("TRAIN") === undefined || training.data !== undefined;
  const upload = <Upload project={name} title={empty ? "Pictures" : "Add pictures"} first={empty} />;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={`Created ${when(p.CreationTimestamp)}`}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setOpen("delete")}>Delete</Button>
            <Button onClick={() => setOpen("train")}>Train model</Button>
          </SpaceBetween>
        }
        info={
          p.Status === "CREATED" ? (
            <CopyToClipboard variant="icon" textToCopy={p.ProjectArn!} copyButtonAriaLabel="Copy the ARN of the project" copySuccessText="ARN copied" copyErrorText="It could not be copied" />
          ) : (
            <State of={p.Status} />
          )
        }
      >
        {name}
      </Header>
      {known && <NextStep project={name} training={training.data} versions={list} train={() => setOpen("train")} />}
      {known && empty && upload}
      <Grid gridDefinition={[{ colspan: { default: 12, s: 6 } }, { colspan: { default: 12, s: 6 } }]}>
        <DatasetCard project={p} type="train" arn={arnOf("TRAIN")} dataset={training.data} />
        <DatasetCard project={p} type="test" arn={arnOf("TEST")} dataset={testing.data} training={training.data} />
      </Grid>
      {versions.isError ? <Failure of="The list of models" thrown={versions.error} retry={() => void versions.refetch()} /> : <Versions project={p} versions={list} loading={versions.isPending} />}
      {known && !empty && upload}
      <ExpandableSection variant="container" headerText="Project policies and tags">
        <SpaceBetween size="l">
          <Policies arn={p.ProjectArn!} />
          <Tags arn={p.ProjectArn!} />
        </SpaceBetween>
      </ExpandableSection>
      {open === "train" && <Train project={p} training={training.data} testing={testing.data} versions={list} close={() => setOpen(undefined)} />}
      {open === "delete" && <DeleteProject project={p} close={() => setOpen(undefined)} gone={() => navigate("/projects")} />}
    </SpaceBetween>
  );
}
