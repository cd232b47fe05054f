import { CreateDatasetCommand, DeleteDatasetCommand, DescribeDatasetCommand, ListTagsForResourceCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { linesOf } from "./exporting";
import { datasetOf } from "./import/additions";
import { ensureBucket } from "./import/bucket";
import { patiently, pause } from "./patience";

// removeEntries takes pictures out of a dataset. The contract has no operation for that: the lines that stay are written to a manifest,
// the dataset is deleted, and created again from it. It tells where the manifest lies: whatever happens, nothing is lost.
export async function removeEntries(clients: { rekognition: RekognitionClient; s3: S3Client }, order: { project: string; arn: string; bucket: string; gone: Set<string> }, tell: (doing: string) => void, signal: AbortSignal): Promise<void> {
  const { rekognition, s3 } = clients;
  const { project, arn, bucket, gone } = order;
  const ask = <T,>(act: () => Promise<T>) => patiently(act, (waiting) => waiting && tell("Waiting for the server to answer"), signal);
  const type = arn.includes("/dataset/train/") ? "TRAIN" : "TEST";
  tell("Reading the dataset");
  const lines = await linesOf(rekognition, arn, (n) => tell(`Reading the dataset, ${n.toLocaleString("en")} so far`), signal);
  const rest = lines.filter((line) => !gone.has((JSON.parse(line) as { "source-ref": string })["source-ref"]));
  if (rest.length === lines.length) throw new Error("None of the pictures is in the dataset any more.");
  const { Tags } = await ask(() => rekognition.send(new ListTagsForResourceCommand({ ResourceArn: arn })));
  const key = `manifests/${/\/([^/]+)\/dataset\//.exec(arn)![1]}-${type.toLowerCase()}-${new Date().toISOString().replace(/[:.]/g, "-")}.manifest`;
  if (rest.length > 0) {
    tell(`Writing the ${rest.length.toLocaleString("en")} that stay to s3://${bucket}/${key}`);
    await ask(() => ensureBucket(s3, bucket, signal));
    await ask(() => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: new Blob(rest.map((l) => `${l}\n`)), ContentType: "application/jsonl" }), { abortSignal: signal }));
  }
  tell("Creating the dataset again");
  await ask(() => rekognition.send(new DeleteDatasetCommand({ DatasetArn: arn })));
  // From here on it is brought to its end: there is no dataset meanwhile.
  while (await isThere(rekognition, arn)) await pause(200);
  const source = rest.length > 0 ? { GroundTruthManifest: { S3Object: { Bucket: bucket, Name: key } } } : undefined;
  await patiently(() => rekognition.send(new CreateDatasetCommand({ ProjectArn: project, DatasetType: type, DatasetSource: source, Tags })), () => {}).catch((thrown: Error) => {
    if (thrown.name !== "ResourceAlreadyExistsException") throw thrown; // it was made by a call whose answer was lost
  });
  await datasetOf(rekognition, project.split("/")[1]!, type === "TRAIN" ? "train" : "test", {}).catch((thrown: Error) => {
    throw new Error(`${thrown.message} The lines lie in s3://${bucket}/${key}: create the dataset from it.`);
  });
}

async function isThere(rekognition: RekognitionClient, arn: string): Promise<boolean> {
  try {
    await patiently(() => rekognition.send(new DescribeDatasetCommand({ DatasetArn: arn })), () => {});
    return true;
  } catch (thrown) {
    if ((thrown as Error).name === "ResourceNotFoundException") return false;
    throw thrown;
  }
}
