import { CopyProjectVersionCommand, type ProjectVersionDescription, RekognitionClient } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { defaultBucket, ensureBucket } from "../datasets/import/bucket";
import { settings, useS3 } from "../session/clients";
import { troubleOf } from "../session/remedy";
import { useHolder, useSession } from "../session/session";
import { TagFields } from "../tags/TagFields";
import { asMap, type Tag, tagTrouble } from "../tags/tags";
import { useFollowCopy } from "./copied";
import { accountOf, isProjectArn, isVersionArn, nameTrouble, projectOf, regionOf, versionOf } from "./names";
import { type Output, OutputFields, outputTrouble } from "./OutputFields";
import { useProjects, useVersions } from "./queries";
import { ShareVersion } from "./ShareVersion";

// CopyVersion copies a version into a project of this account, or lets another account do so. Without a version it copies one of
// another project or account into this project.
export function CopyVersion({ projectArn, version, close }: { projectArn: string; version?: ProjectVersionDescription; close: () => void }) {
  const [to, setTo] = useState("here");
  return (
    <Modal visible onDismiss={close} size="large" closeAriaLabel="Close" header={version ? `Copy ${versionOf(version.ProjectVersionArn!)}` : "Copy a model into this project"}>
      <SpaceBetween size="m">
        {version && (
          <SegmentedControl
            label="Where to"
            selectedId={to}
            onChange={({ detail }) => setTo(detail.selectedId)}
            options={[{ id: "here", text: "A project of this account" }, { id: "there", text: "Another account" }]}
          />
        )}
        {version && to === "there" ? <ShareVersion projectArn={projectArn} version={version} close={close} /> : <CopyForm projectArn={projectArn} version={version} close={close} />}
      </SpaceBetween>
    </Modal>
  );
}

function CopyForm({ projectArn, version, close }: { projectArn: string; version?: ProjectVersionDescription; close: () => void }) {
  const session = useSession();
  const { end } = useHolder();
  const s3 = useS3();
  const queries = useQueryClient();
  const follow = useFollowCopy();
  const projects = useProjects();
  const [source, setSource] = useState({ project: version ? projectArn : "", version: version?.ProjectVersionArn ?? "" });
  const [destination, setDestination] = useState(version ? "" : projectArn);
  const [name, setName] = useState(version ? versionOf(version.ProjectVersionArn!) : "");
  const [output, setOutput] = useState<Output>({ bucket: version?.OutputConfig?.S3Bucket ?? defaultBucket(session), prefix: `${projectOf(destination) || projectOf(projectArn)}/models` });
  const [kms, setKms] = useState(version?.KmsKeyId ?? "");
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const known = (projects.data ?? []).filter((p) => p.Status === "CREATED").map((p) => ({ value: p.ProjectArn!, label: projectOf(p.ProjectArn!), description: p.ProjectArn === projectArn ? "This project" : undefined }));
  const here = known.some((k) => k.value === destination);
  const there = useVersions(here ? destination : undefined);
  const troubles = {
    source: isProjectArn(source.project) ? undefined : "The ARN of the project that has the model, arn:aws:rekognition:...:project/NAME/NUMBER.",
    version: isVersionArn(source.version) ? undefined : "The ARN of the version, arn:aws:rekognition:...:project/NAME/version/NAME/NUMBER.",
    destination: !isProjectArn(destination) ? "Choose a project, or give the ARN of one in another region."
      : accountOf(destination) !== session.account ? `That project belongs to account ${accountOf(destination)}, which has to ask for the copy itself. Choose Another account above.` : undefined,
    name: nameTrouble(name, (there.data ?? []).map((v) => versionOf(v.ProjectVersionArn!))), output: outputTrouble(output), tags: tagTrouble(tags),
  };

  function choose(arn: string) {
    setDestination(arn);
    // Next to the original it needs another name.
    if (arn === projectArn && version && name === versionOf(version.ProjectVersionArn!)) setName(`${name}-copy`);
  }

  async function copy() {
    setTried(true);
    if (Object.values(troubles).some(Boolean)) return;
    setBusy(true);
    setRefused(undefined);
    try {
      await ensureBucket(s3, output.bucket);
      const asked = Date.now();
      // The source's region is the one that is asked.
      const { ProjectVersionArn } = await new RekognitionClient(settings(session, regionOf(source.version))).send(new CopyProjectVersionCommand({
        SourceProjectArn: source.project, SourceProjectVersionArn: source.version, DestinationProjectArn: destination, VersionName: name,
        OutputConfig: { S3Bucket: output.bucket, S3KeyPrefix: output.prefix }, KmsKeyId: kms || undefined, Tags: tags.length > 0 ? asMap(tags) : undefined,
      }));
      follow({ arn: ProjectVersionArn!, project: destination, asked });
      await queries.invalidateQueries({ queryKey: ["versions"] });
      close();
    } catch (thrown) {
      const t = troubleOf(thrown);
      if (t.over) end(t.over);
      setRefused(`${t.header}: ${t.text} ${t.remedy ?? ""}`);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(e) => { e.preventDefault(); void copy(); }}>
      <SpaceBetween size="m">
        <Box variant="p">The copy has the model and its report, belongs to its project alone and can be started at once. Datasets, policies and tags are not copied.</Box>
        {refused && <Alert type="error" header="Nothing was copied">{refused}</Alert>}
        {!version && (
          <>
            <Alert type="info">For a model of another account, that account first puts a policy on its project that names this account, {session.account}.</Alert>
            <FormField label="ARN of the source project" errorText={tried && troubles.source} stretch>
              <Input value={source.project} onChange={({ detail }) => setSource({ ...source, project: detail.value.trim() })} spellcheck={false} />
            </FormField>
            <FormField label="ARN of the source version" errorText={tried && troubles.version} stretch>
              <Input value={source.version} onChange={({ detail }) => setSource({ ...source, version: detail.value.trim() })} spellcheck={false} />
            </FormField>
          </>
        )}
        {version && (
          <FormField label="Destination project" errorText={tried && troubles.destination}>
            <Select
              selectedOption={known.find((k) => k.value === destination) ?? null}
              onChange={({ detail }) => choose(detail.selectedOption.value!)}
              options={known}
              filteringType="auto"
              placeholder="Choose a project"
              statusType={projects.isPending ? "loading" : "finished"}
              loadingText="Loading projects"
              empty="There is no project in this region."
            />
          </FormField>
        )}
        <FormField label="Name of the new version" errorText={!busy && (tried || (name !== "" && destination !== "")) && troubles.name}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
        </FormField>
        <ExpandableSection headerText="Another region, where the copy is kept, tags, key" defaultExpanded={tried && !!(troubles.output ?? troubles.tags)}>
          <SpaceBetween size="m">
            {version && (
              <FormField label="ARN of the destination project" description="For a project in another region of this account.">
                <Input value={destination} onChange={({ detail }) => setDestination(detail.value.trim())} spellcheck={false} />
              </FormField>
            )}
            <OutputFields value={output} set={setOutput} tried={tried} />
            <FormField label={<>KMS key <i>- optional</i></>} description={version?.KmsKeyId && "The key that the model is sealed with now. The copy may have another one."}>
              <Input value={kms} onChange={({ detail }) => setKms(detail.value.trim())} spellcheck={false} />
            </FormField>
            <FormField label="Tags" stretch>
              <TagFields tags={tags} set={setTags} tried={tried} />
            </FormField>
          </SpaceBetween>
        </ExpandableSection>
        <div style={{ display: "flex", justifyContent: "end" }}>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} formAction="none">Cancel</Button>
            <Button variant="primary" loading={busy} onClick={copy} formAction="none">Copy</Button>
          </SpaceBetween>
        </div>
      </SpaceBetween>
      <input type="submit" hidden />
    </form>
  );
}
