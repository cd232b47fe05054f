import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Tags } from "../../projects/Tags";
import { when } from "../../projects/when";
import { isMoving, isRunning, type Version } from "../version";
import { lasting } from "../words";
import { Files } from "./Files";

// Details is what else is known of a model, its files and its tags.
export function Details({ version }: { version: Version }) {
  const v = version;
  const long = [ // each over the whole width
    { label: "ARN", value: <span style={{ overflowWrap: "anywhere" }}><CopyToClipboard variant="inline" textToCopy={v.ProjectVersionArn} copyButtonAriaLabel="Copy the ARN" copySuccessText="Copied" copyErrorText="Not copied" /></span> },
    { label: "Output location", value: <span style={{ overflowWrap: "anywhere" }}>{`s3://${v.OutputConfig?.S3Bucket}/${v.OutputConfig?.S3KeyPrefix ?? ""}`}</span> },
    ...(v.SourceProjectVersionArn ? [{ label: "Copied from", value: <span style={{ overflowWrap: "anywhere" }}>{v.SourceProjectVersionArn}</span> }] : []),
    ...(v.KmsKeyId ? [{ label: "Sealed with the key", value: <span style={{ overflowWrap: "anywhere" }}>{v.KmsKeyId}</span> }] : []),
    ...(v.VersionDescription ? [{ label: "Description", value: v.VersionDescription }] : []),
  ];
  const short = [
    { label: "Created", value: when(v.CreationTimestamp) },
    { label: "Training ended", value: when(v.TrainingEndTimestamp) },
    { label: "Training took", value: v.BillableTrainingTimeInSeconds ? lasting(v.BillableTrainingTimeInSeconds) : "–" },
    { label: "Inference units", value: isRunning(v) ? `${v.MinInferenceUnits ?? 1}${v.MaxInferenceUnits ? `, up to ${v.MaxInferenceUnits}` : ""}` : "None: it does not run" },
    { label: "Pretrained network", value: v.BaseModelVersion ?? "–" },
  ];
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Model</Header>}><SpaceBetween size="l"><KeyValuePairs columns={3} items={short} /><KeyValuePairs columns={1} items={long} /></SpaceBetween></Container>
      {!isMoving(v) && <Files version={v} />}
      <Tags arn={v.ProjectVersionArn} framed />
    </SpaceBetween>
  );
}
