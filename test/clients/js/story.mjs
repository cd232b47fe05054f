// The story of ../story.md with the AWS SDK for JavaScript v3: node story.mjs FOLDER.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as rek from "@aws-sdk/client-rekognition";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

// Which Node.js later versions of the SDK will want is no matter of the story, and nothing else belongs on standard error.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const folder = process.argv[2];
const bucket = "story-parts";
const copies = "story-copies";
const patience = 480; // seconds; far above what anything takes. Trainings give way to all other programs.
const open = (profile) => ({
  rekognition: new rek.RekognitionClient({ profile }),
  s3: new S3Client({ profile, forcePathStyle: true }),
  sts: new STSClient({ profile }),
});
const first = open("default");
const second = open("second");
const send = (command) => first.rekognition.send(command);

// What later steps know from earlier ones.
let project, train, test, tested, version, destination, copying, copied, answer;

async function refused(exception, call) {
  await assert.rejects(call, (e) => {
    assert(e instanceof exception, `wanted ${exception.name}: ${e}`);
    assert.equal(e.$metadata.httpStatusCode, 400);
    assert(e.message && e.$metadata.requestId, `no message or no request id: ${e}`);
    return true;
  });
}

async function until(what, look) {
  for (const end = performance.now() + patience * 1000; performance.now() < end; ) {
    const found = await look();
    if (found) return found;
    await sleep(200);
  }
  throw new Error(`not in ${patience} s: ${what}`);
}

async function all(pages, items) {
  const list = [];
  for await (const page of pages) list.push(items(page));
  return list;
}

async function identity() {
  for (const [account, number] of [[first, "111122223333"], [second, "444455556666"]]) {
    const who = await account.sts.send(new GetCallerIdentityCommand());
    assert.deepEqual([who.Account, who.Arn], [number, `arn:aws:iam::${number}:root`]);
  }
  return `JavaScript SDK ${createRequire(import.meta.url)("@aws-sdk/client-rekognition/package.json").version}`;
}

async function upload() {
  await first.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const Key of [...readdirSync(join(folder, "pictures")).map((name) => `pictures/${name}`), "train.manifest", "too-large.jpg"]) {
    await first.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytesOf(Key) }));
  }
  const pages = paginateListObjectsV2({ client: first.s3, pageSize: 7 }, { Bucket: bucket });
  const keys = (await all(pages, (page) => page.Contents.map((o) => o.Key))).flat();
  assert(keys.length === 18 && keys.includes("pictures/good-000.jpg"), keys);
}

async function makeProject() {
  const create = { ProjectName: "story", Tags: { line: "7", site: "Werk Süd" } };
  project = (await send(new rek.CreateProjectCommand(create))).ProjectArn;
  await refused(rek.ResourceInUseException, () => send(new rek.CreateProjectCommand(create)));
  const pages = rek.paginateDescribeProjects({ client: first.rekognition, pageSize: 1 }, {});
  const [description, ...others] = (await all(pages, (page) => page.ProjectDescriptions)).flat();
  assert.equal(others.length, 0);
  assert.deepEqual([description.ProjectArn, description.Status], [project, "CREATED"]);
  assert.equal(description.CreationTimestamp.getTime(), Number(project.split("/").at(-1)));
}

async function datasets() {
  const create = (DatasetType, manifest) => send(new rek.CreateDatasetCommand({
    ProjectArn: project,
    DatasetType,
    DatasetSource: manifest && { GroundTruthManifest: inBucket(manifest) },
  }));
  train = (await create("TRAIN", "train.manifest")).DatasetArn;
  await refused(rek.InvalidS3ObjectException, () => create("TEST", "none.manifest"));
  test = (await create("TEST")).DatasetArn;
  await refused(rek.ResourceAlreadyExistsException, () => create("TRAIN"));
  for (const [dataset, entries, labels] of [[train, 12, 2], [test, 0, 0]]) {
    const { DatasetStats } = await settled(dataset, "CREATE_COMPLETE");
    assert.deepEqual(DatasetStats, { TotalEntries: entries, LabeledEntries: entries, TotalLabels: labels, ErrorEntries: 0 });
  }
}

async function settled(DatasetArn, expected) {
  const description = await until("dataset settled", async () => {
    const { DatasetDescription } = await send(new rek.DescribeDatasetCommand({ DatasetArn }));
    return !DatasetDescription.Status.endsWith("_IN_PROGRESS") && DatasetDescription;
  });
  assert.equal(description.Status, expected, description.StatusMessage);
  return description;
}

async function entries() {
  await send(new rek.UpdateDatasetEntriesCommand({ DatasetArn: train, Changes: { GroundTruth: bytesOf("more.manifest") } }));
  const description = await settled(train, "UPDATE_COMPLETE");
  assert.equal(description.DatasetStats.TotalEntries, 16);
  assert(description.LastUpdatedTimestamp > description.CreationTimestamp);

  const list = (filters) => all(
    rek.paginateListDatasetEntries({ client: first.rekognition, pageSize: 5 }, { DatasetArn: train, ...filters }),
    (page) => page.DatasetEntries.map((entry) => JSON.parse(entry)["source-ref"]),
  );
  const everything = await list({});
  assert.deepEqual(everything.map((page) => page.length), [5, 5, 5, 1]);
  assert(everything.flat().every((ref) => ref.startsWith(`s3://${bucket}/pictures/`)), everything);
  for (const [filters, expected] of [
    [{ ContainsLabels: ["rust"] }, 8], [{ SourceRefContains: "good-000" }, 1], [{ Labeled: false }, 0], [{ HasErrors: true }, 0],
  ]) {
    assert.equal((await list(filters)).flat().length, expected, JSON.stringify(filters));
  }
  const labels = (await all(
    rek.paginateListDatasetLabels({ client: first.rekognition, pageSize: 1 }, { DatasetArn: train }),
    (page) => page.DatasetLabelDescriptions,
  )).flat();
  const stats = Object.fromEntries(labels.map((l) => [l.LabelName, l.LabelStats]));
  assert.deepEqual(stats, { good: { EntryCount: 8 }, rust: { EntryCount: 8 } });
}

async function distribute() {
  await send(new rek.DistributeDatasetEntriesCommand({ Datasets: [{ Arn: train }, { Arn: test }] }));
  const from = (await settled(train, "UPDATE_COMPLETE")).DatasetStats;
  const to = (await settled(test, "UPDATE_COMPLETE")).DatasetStats;
  tested = to.TotalEntries;
  assert.equal(from.TotalEntries + tested, 16);
  assert(tested >= 2 && tested <= 4 && to.TotalLabels === 2, JSON.stringify(to));
}

async function training() {
  const create = {
    ProjectArn: project,
    VersionName: "v1",
    VersionDescription: "as told",
    Tags: { stage: "trial" },
    OutputConfig: { S3Bucket: bucket, S3KeyPrefix: "output/" },
  };
  version = (await send(new rek.CreateProjectVersionCommand(create))).ProjectVersionArn;
  await refused(rek.ResourceInUseException, () => send(new rek.CreateProjectVersionCommand(create)));
  const waiter = { client: first.rekognition, minDelay: 1, maxDelay: 1, maxWaitTime: patience };
  const waited = await rek.waitUntilProjectVersionTrainingCompleted(waiter, { ProjectArn: project, VersionNames: ["v1"] });
  assert.equal(waited.state, "SUCCESS");

  const pages = rek.paginateDescribeProjectVersions({ client: first.rekognition, pageSize: 1 }, { ProjectArn: project });
  const [v, ...others] = (await all(pages, (page) => page.ProjectVersionDescriptions)).flat();
  assert.equal(others.length, 0);
  assert.deepEqual([v.Status, v.VersionDescription], ["TRAINING_COMPLETED", "as told"]);
  assert(v.TrainingEndTimestamp > v.CreationTimestamp && v.CreationTimestamp > new Date("2024-01-01"));
  const at = v.EvaluationResult.Summary.S3Object;
  const object = await first.s3.send(new GetObjectCommand({ Bucket: at.Bucket, Key: at.Name }));
  const summary = JSON.parse(await object.Body.transformToString());
  assert(Math.abs(summary.AggregatedEvaluationResults.F1Score - v.EvaluationResult.F1Score) < 1e-6);
  assert.equal(summary.EvaluationDetails.NumberOfTestingImages, tested);
  return v.EvaluationResult.F1Score;
}

async function start() {
  const ask = { ProjectVersionArn: version, Image: inBucket("pictures/good-000.jpg") };
  await refused(rek.ResourceNotReadyException, () => send(new rek.DetectCustomLabelsCommand(ask)));
  await run(first.rekognition, project, version, "v1");
}

async function run(client, ProjectArn, ProjectVersionArn, name) {
  const { Status } = await client.send(new rek.StartProjectVersionCommand({ ProjectVersionArn, MinInferenceUnits: 1 }));
  assert.equal(Status, "STARTING");
  const waiter = { client, minDelay: 1, maxDelay: 1, maxWaitTime: patience };
  const waited = await rek.waitUntilProjectVersionRunning(waiter, { ProjectArn, VersionNames: [name] });
  assert.equal(waited.state, "SUCCESS");
}

const inBucket = (key) => ({ S3Object: { Bucket: bucket, Name: key } });
const bytesOf = (file) => readFileSync(join(folder, file));

async function detect() {
  const ask = (Image, more) => send(new rek.DetectCustomLabelsCommand({ ProjectVersionArn: version, Image, ...more }));
  answer = (await ask({ Bytes: bytesOf("pictures/good-000.jpg") }, { MinConfidence: 0 })).CustomLabels;
  assert.deepEqual(answer.map((label) => label.Name).sort(), ["good", "rust"]);
  const [best, other] = answer.map((label) => label.Confidence);
  assert(best >= other && Math.abs(best + other - 100) < 0.01, JSON.stringify(answer));
  const there = inBucket("pictures/good-000.jpg");
  assert.deepEqual((await ask(there, { MinConfidence: 0 })).CustomLabels, answer);
  assert.deepEqual((await ask(there, { MinConfidence: 0, MaxResults: 1 })).CustomLabels, answer.slice(0, 1));
  await refused(rek.InvalidImageFormatException, () => ask({ Bytes: bytesOf("train.manifest") }));
  await refused(rek.ImageTooLargeException, () => ask({ Bytes: bytesOf("too-large.jpg") }));
  await refused(rek.InvalidS3ObjectException, () => ask(inBucket("none.jpg")));
  return answer;
}

async function policy() {
  await second.s3.send(new CreateBucketCommand({ Bucket: copies }));
  destination = (await second.rekognition.send(new rek.CreateProjectCommand({ ProjectName: "story-copy" }))).ProjectArn;
  copying = new rek.CopyProjectVersionCommand({
    SourceProjectArn: project,
    SourceProjectVersionArn: version,
    DestinationProjectArn: destination,
    VersionName: "v1-copy",
    Tags: { origin: "story" },
    OutputConfig: { S3Bucket: copies, S3KeyPrefix: "output/" },
  });
  await refused(rek.AccessDeniedException, () => second.rekognition.send(copying));

  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::444455556666:root" },
      Action: "rekognition:CopyProjectVersion",
      Resource: "*",
    }],
  });
  const share = { ProjectArn: project, PolicyName: "share", PolicyDocument };
  const put = (more) => send(new rek.PutProjectPolicyCommand({ ...share, ...more }));
  const { PolicyRevisionId: old } = await put({});
  await refused(rek.ResourceAlreadyExistsException, () => put({}));
  const { PolicyRevisionId } = await put({ PolicyRevisionId: old });
  assert.notEqual(PolicyRevisionId, old);
  await refused(rek.InvalidPolicyRevisionIdException, () => put({ PolicyRevisionId: old }));
  await refused(rek.MalformedPolicyDocumentException, () => put({ PolicyName: "bad", PolicyDocument: '{"Version":"2012-10-17"}' }));
  await put({ PolicyName: "share-too" });

  const pages = await all(
    rek.paginateListProjectPolicies({ client: first.rekognition, pageSize: 1 }, { ProjectArn: project }),
    (page) => page.ProjectPolicies,
  );
  assert.deepEqual(pages.map((page) => page.length), [1, 1]);
  const policies = Object.fromEntries(pages.flat().map((p) => [p.PolicyName, p]));
  assert.deepEqual(Object.keys(policies).sort(), ["share", "share-too"]);
  const listed = policies.share;
  assert.deepEqual([listed.PolicyDocument, listed.PolicyRevisionId], [PolicyDocument, PolicyRevisionId]);
  assert(listed.LastUpdatedTimestamp >= listed.CreationTimestamp);
}

async function copy() {
  copied = (await second.rekognition.send(copying)).ProjectVersionArn;
  const v = await until("copied", async () => {
    const [found] = await versions(second.rekognition, destination);
    return found.Status !== "COPYING_IN_PROGRESS" && found;
  });
  assert.deepEqual([v.Status, v.SourceProjectVersionArn], ["COPYING_COMPLETED", version]);
  await run(second.rekognition, destination, copied, "v1-copy");
  const ask = new rek.DetectCustomLabelsCommand({
    ProjectVersionArn: copied,
    Image: { Bytes: bytesOf("pictures/good-000.jpg") },
    MinConfidence: 0,
  });
  assert.deepEqual((await second.rekognition.send(ask)).CustomLabels, answer);
  await refused(rek.AccessDeniedException, () => send(ask));
}

async function versions(client, ProjectArn) {
  return (await client.send(new rek.DescribeProjectVersionsCommand({ ProjectArn }))).ProjectVersionDescriptions;
}

async function tags() {
  const listed = async (client, ResourceArn) => (await client.send(new rek.ListTagsForResourceCommand({ ResourceArn }))).Tags;
  assert.deepEqual(await listed(first.rekognition, project), { line: "7", site: "Werk Süd" });
  await send(new rek.TagResourceCommand({ ResourceArn: project, Tags: { line: "8", owner: "QA" } }));
  await send(new rek.UntagResourceCommand({ ResourceArn: project, TagKeys: ["site"] }));
  assert.deepEqual(await listed(first.rekognition, project), { line: "8", owner: "QA" });
  assert.deepEqual(await listed(first.rekognition, version), { stage: "trial" });
  assert.deepEqual(await listed(second.rekognition, copied), { origin: "story" });
}

async function deletion() {
  const remove = (client, ProjectArn) => client.send(new rek.DeleteProjectCommand({ ProjectArn }));
  await refused(rek.ResourceInUseException, () => remove(first.rekognition, project));
  const both = [[first.rekognition, project, version], [second.rekognition, destination, copied]];
  for (const [client, , ProjectVersionArn] of both) {
    assert.equal((await client.send(new rek.StopProjectVersionCommand({ ProjectVersionArn }))).Status, "STOPPING");
  }
  for (const [client, ProjectArn, ProjectVersionArn] of both) {
    await until("stopped", async () => (await versions(client, ProjectArn))[0].Status === "STOPPED");
    assert.equal((await client.send(new rek.DeleteProjectVersionCommand({ ProjectVersionArn }))).Status, "DELETING");
    await until("version gone", async () => (await versions(client, ProjectArn)).length === 0);
  }
  for (const DatasetArn of [train, test]) {
    await send(new rek.DeleteDatasetCommand({ DatasetArn }));
    await until("dataset gone", () => send(new rek.DescribeDatasetCommand({ DatasetArn })).then(() => false, (e) => {
      if (e instanceof rek.ResourceNotFoundException) return true;
      throw e;
    }));
  }
  await send(new rek.DeleteProjectPolicyCommand({ ProjectArn: project, PolicyName: "share-too" }));
  for (const [client, ProjectArn] of both) {
    assert.equal((await remove(client, ProjectArn)).Status, "DELETING");
    await until("project gone", async () => {
      const { ProjectDescriptions } = await client.send(new rek.DescribeProjectsCommand());
      return ProjectDescriptions.length === 0;
    });
  }
  await refused(rek.ResourceNotFoundException, () => remove(first.rekognition, project));
}

for (const [step, tell] of Object.entries({
  identity, upload, project: makeProject, datasets, entries, distribute, training, start, detect, policy, copy, tags, deletion,
})) {
  const began = performance.now();
  const line = { step, ok: true };
  try {
    line.detail = await tell();
  } catch (e) {
    Object.assign(line, { ok: false, detail: String(e) });
    process.exitCode = 1;
  }
  line.ms = Math.round(performance.now() - began);
  console.log(JSON.stringify(line));
  if (!line.ok) break;
}
