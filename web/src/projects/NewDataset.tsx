import { CreateDatasetCommand, type DatasetSource, type ProjectDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Ref } from "../datasets/entry";
import { sizesBelow } from "../datasets/import/bucket";
import { useRun } from "../datasets/import/runs";
import { folderAt, stored } from "../datasets/import/stored";
import { useRekognition, useS3 } from "../session/clients";
import { troubleOf } from "../session/remedy";
import { useHolder } from "../session/session";
import { useNotices } from "../shell/notices";
import { projectOf } from "./names";
import { useProjects } from "./queries";

type Source = "folder" | "manifest" | "dataset" | "empty";

// NewDataset creates a dataset from what lies on the server already.
export function NewDataset({ project, type, close }: { project: ProjectDescription; type: "train" | "test"; close: () => void }) {
  const rekognition = useRekognition(), s3 = useS3();
  const { begin } = useRun(projectOf(project.ProjectArn!));
  const notices = useNotices();
  const { end } = useHolder();
  const queries = useQueryClient();
  const projects = useProjects();
  const [source, setSource] = useState<Source>("folder");
  const [uri, setURI] = useState("");
  const [arn, setARN] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri.trim()), folder = folderAt(uri);
  const known = (projects.data ?? []).flatMap((p) => (p.Datasets ?? []).map((d) => ({ value: d.DatasetArn!, label: `${projectOf(p.ProjectArn!)}, ${d.DatasetType === "TRAIN" ? "training" : "test"}` })));
  const trouble = source === "manifest" && !place ? "Give the address of the manifest, as s3://bucket/folder/file.manifest." : source === "folder" && !folder ? "Give the address of the folder, as s3://bucket/folder/." : source === "dataset" && !arn ? "Choose a dataset." : undefined;

  async function create() {
    setTried(true);
    setRefused(undefined);
    if (trouble) return;
    setBusy(true);
    if (source === "folder") return addFolder(folder!);
    const from: Record<typeof source, DatasetSource | undefined> = {
      manifest: place ? { GroundTruthManifest: { S3Object: { Bucket: place[1], Name: place[2] } } } : undefined, dataset: { DatasetArn: arn }, empty: undefined,
    };
    try {
      await rekognition.send(new CreateDatasetCommand({ ProjectArn: project.ProjectArn, DatasetType: type === "train" ? "TRAIN" : "TEST", DatasetSource: from[source] }));
      await queries.invalidateQueries({ queryKey: ["projects"] });
      close();
    } catch (thrown) {
      notices.fail("Creating the dataset", thrown);
      setBusy(false);
    }
  }

  // addFolder has the pictures of a folder in S3 added as those of a dropped manifest are: the page shows how far that is.
  async function addFolder(place: Ref) {
    try {
      const ready = stored((await sizesBelow(s3, place.bucket, place.key, () => {})).keys(), place, type);
      if (ready.length > 0) {
        begin({ project: projectOf(project.ProjectArn!), name: uri.trim(), bucket: place.bucket, prefix: place.key, ready });
        close();
      } else setRefused("There is no JPEG or PNG picture below this address.");
    } catch (thrown) {
      const t = troubleOf(thrown);
      if (t.over) end(t.over);
      setRefused(`${t.text} ${t.remedy ?? ""}`);
    }
    setBusy(false);
  }

  return (
    <Modal
      visible
      onDismiss={close}
      closeAriaLabel="Close"
      header={`Create the ${type === "train" ? "training" : "test"} dataset`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={create}>Create</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label="From">
          <RadioGroup
            value={source}
            onChange={({ detail }) => setSource(detail.value as Source)}
            items={[
              { value: "folder", label: "Pictures in S3", description: "All that lie below a folder of a bucket. Folders inside become labels; train and test become both datasets." },
              { value: "manifest", label: "A manifest in S3", description: "Of SageMaker Ground Truth or Custom Labels; the pictures lie where it says." },
              { value: "dataset", label: "Another dataset", description: "A copy of its entries. Pictures are not copied." },
              { value: "empty", label: "Nothing yet", description: "Pictures are added afterwards." },
            ]}
          />
        </FormField>
        {source === "folder" && (
          <FormField label="Address of the folder" errorText={refused ?? (tried && trouble)}>
            <Input value={uri} onChange={({ detail }) => { setURI(detail.value); setRefused(undefined); }} placeholder="s3://bucket/folder/" spellcheck={false} />
          </FormField>
        )}
        {source === "manifest" && (
          <FormField label="Address of the manifest" errorText={tried && trouble}>
            <Input value={uri} onChange={({ detail }) => setURI(detail.value)} placeholder="s3://bucket/folder/output.manifest" spellcheck={false} />
          </FormField>
        )}
        {source === "dataset" && (
          <FormField label="Dataset" errorText={tried && trouble}>
            <Select
              selectedOption={known.find((k) => k.value === arn) ?? (arn ? { value: arn, label: arn } : null)}
              onChange={({ detail }) => setARN(detail.selectedOption.value!)}
              options={known}
              filteringType="auto"
              placeholder="Choose a dataset of this account"
              empty="There is no other dataset"
            />
          </FormField>
        )}
        <Box color="text-body-secondary" variant="small">From files on this computer: close this and drag them onto the page.</Box>
      </SpaceBetween>
    </Modal>
  );
}
