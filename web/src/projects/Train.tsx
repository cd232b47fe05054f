import { CreateProjectVersionCommand, type DatasetDescription, type DatasetLabelDescription, type ProjectDescription, type ProjectVersionDescription, type TestingData, type TrainingData } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { counted } from "../datasets/amounts";
import { defaultBucket, ensureBucket } from "../datasets/import/bucket";
import { useRekognition, useS3 } from "../session/clients";
import { troubleOf } from "../session/remedy";
import { useHolder, useSession } from "../session/session";
import { useFirstFocus } from "./firstFocus";
import { nameRule, nameTrouble, nextVersion, projectOf, versionOf } from "./names";
import { useLabels } from "./queries";
import { type Output, OutputFields, outputTrouble } from "./OutputFields";
import { type Tested, TestSet } from "./TestSet";
import { TagFields } from "../tags/TagFields";
import { asMap, type Tag, tagTrouble } from "../tags/tags";

// Train asks what a training needs. Everything is proposed: Enter trains.
export function Train({ project, training, testing, versions, close }: {
  project: ProjectDescription; training?: DatasetDescription | null; testing?: DatasetDescription | null; versions: ProjectVersionDescription[]; close: () => void;
}) {
  const rekognition = useRekognition(), s3 = useS3();
  const queries = useQueryClient();
  const { end } = useHolder();
  const project_ = projectOf(project.ProjectArn!);
  const taken = versions.map((v) => versionOf(v.ProjectVersionArn!));
  const first = useFirstFocus<InputProps.Ref>();
  const [name, setName] = useState(() => nextVersion(taken));
  const [description, setDescription] = useState("");
  const [output, setOutput] = useState<Output>({ bucket: defaultBucket(useSession()), prefix: `${project_}/models` });
  const [kms, setKms] = useState("");
  const [tags, setTags] = useState<Tag[]>([]);
  const [from, setFrom] = useState({ train: "", test: "" });
  const [tested, setTested] = useState<Tested>("split");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();

  const own = (project.Datasets?.length ?? 0) > 0;
  const troubles = {
    name: nameTrouble(name, taken),
    description: description && !/^[a-zA-Z0-9\-_. ()':,;?]{1,255}$/.test(description) ? "Up to 255 letters, digits, spaces and - _ . ( ) ' : , ; ?" : undefined,
    output: outputTrouble(output), tags: tagTrouble(tags),
    from: !own && (!assets(from.train) || (tested === "manifest" && !assets(from.test))) ? "Give the address of the manifest, as s3://bucket/folder/file.manifest." : undefined,
  };
  const labels = useLabels(project.Datasets?.find((d) => d.DatasetType === "TRAIN")?.DatasetArn, training);
  const worse = own ? worries(training, testing, labels.data) : undefined;

  async function train() {
    setTried(true);
    setRefused(undefined);
    if (Object.values(troubles).some(Boolean)) return;
    setBusy(true);
    const data: { TrainingData?: TrainingData; TestingData?: TestingData } = own ? {} : {
      TrainingData: { Assets: assets(from.train) }, TestingData: tested === "split" ? { AutoCreate: true } : { Assets: assets(from.test) },
    };
    try {
      await ensureBucket(s3, output.bucket);
      await rekognition.send(new CreateProjectVersionCommand({
        ProjectArn: project.ProjectArn, VersionName: name, OutputConfig: { S3Bucket: output.bucket, S3KeyPrefix: output.prefix },
        VersionDescription: description || undefined, KmsKeyId: kms || undefined, Tags: tags.length > 0 ? asMap(tags) : undefined, ...data,
      }));
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
    <Modal
      visible
      onDismiss={close}
      closeAriaLabel="Close"
      header="Train a model"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={train}>Train</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form onSubmit={(e) => { e.preventDefault(); void train(); }}>
        <SpaceBetween size="m">
          {refused && <Alert type="error" header="The training did not start">{refused}</Alert>}
          {worse && <Alert type="warning">{worse}</Alert>}
          <FormField label="Name of the version" constraintText={nameRule} errorText={(tried || name !== "") && troubles.name}>
            <Input ref={first} value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
          </FormField>
          <TestSet own={own} training={training} testing={testing} tested={tested} setTested={setTested} from={from} setFrom={setFrom} trouble={tried ? troubles.from : undefined} />
          <FormField label={<>Description <i>- optional</i></>} errorText={troubles.description}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <ExpandableSection headerText="Where the model is kept, tags, key" defaultExpanded={tried && !!(troubles.output ?? troubles.tags)}>
            <SpaceBetween size="m">
              <OutputFields value={output} set={setOutput} tried={tried} />
              <FormField label={<>KMS key <i>- optional</i></>} description="A key of the operator's configuration: ID, ARN or alias. The model and its report are sealed with it.">
                <Input value={kms} onChange={({ detail }) => setKms(detail.value.trim())} spellcheck={false} />
              </FormField>
              <FormField label="Tags" stretch>
                <TagFields tags={tags} set={setTags} tried={tried} />
              </FormField>
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

function assets(uri: string) {
  const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri.trim());
  return place ? [{ GroundTruthManifest: { S3Object: { Bucket: place[1], Name: place[2] } } }] : undefined;
}

// worries says what would make a training fail, or not worth its time.
function worries(training?: DatasetDescription | null, testing?: DatasetDescription | null, labels: DatasetLabelDescription[] = []): string | undefined {
  const stats = training?.DatasetStats;
  if (!stats?.LabeledEntries) return "No training picture is labelled yet: the training will fail. Label some first.";
  if (testing && !testing.DatasetStats?.TotalEntries) return "The test dataset is empty: the training will fail. Add pictures to it, take a fifth of the training pictures, or delete it.";
  const single = testing ? undefined : labels.find((l) => l.LabelStats?.EntryCount === 1);
  if (single) return `${single.LabelName} is on one picture only: the training will fail. A label needs two at least, one to learn from and one to judge by; ten are a beginning.`;
  const unlabelled = (stats.TotalEntries ?? 0) - stats.LabeledEntries;
  return unlabelled > 0 ? `${counted(unlabelled, "training picture is", "training pictures are")} unlabelled and will be ignored.` : undefined;
}
