import { CreateDatasetCommand, DescribeProjectsCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";
import { change, settled, type Watch } from "../change";
import { parse, uriOf } from "../entry";
import { page } from "../page";
import { patiently } from "../patience";
import type { Split } from "./split";

// datasetOf gives the ARN of a project's dataset, which is made if there is none.
export async function datasetOf(rekognition: RekognitionClient, project: string, split: Split, watch: Watch): Promise<string> {
  const wait = watch.waiting ?? (() => {});
  const type = split === "train" ? "TRAIN" : "TEST";
  for (;;) {
    const got = await patiently(() => rekognition.send(new DescribeProjectsCommand({ ProjectNames: [project] }), { abortSignal: watch.signal }), wait, watch.signal);
    const found = got.ProjectDescriptions?.[0];
    if (!found) throw new Error(`There is no project ${project} any more.`);
    const dataset = found.Datasets?.find((d) => d.DatasetType === type);
    if (dataset) {
      const state = await settled(rekognition, dataset.DatasetArn!, watch);
      if (state.Status === "CREATE_FAILED") throw new Error(`The ${split === "train" ? "training" : "test"} dataset could not be created: ${state.StatusMessage} Delete it first.`);
      return dataset.DatasetArn!;
    }
    await patiently(() => rekognition.send(new CreateDatasetCommand({ ProjectArn: found.ProjectArn, DatasetType: type }), { abortSignal: watch.signal }), wait, watch.signal).catch((thrown: Error) => {
      if (thrown.name !== "ResourceAlreadyExistsException") throw thrown; // it was made by a call whose answer was lost
    });
  }
}

// existing tells which pictures a dataset has, and whether they are labelled.
async function existing(rekognition: RekognitionClient, arn: string, watch: Watch): Promise<Map<string, boolean>> {
  const there = new Map<string, boolean>();
  for (let token: string | undefined, more = true; more; ) {
    const got = await page(rekognition, { DatasetArn: arn, NextToken: token }, watch);
    for (const line of got.DatasetEntries ?? []) {
      const entry = parse(line);
      there.set(uriOf(entry.ref), entry.labels.length > 0 || entry.located);
    }
    token = got.NextToken;
    more = !!token;
  }
  return there;
}

export interface Addition {
  uri: string;
  line: string;
  said: boolean;
}

// add adds pictures to a dataset. What it has labelled already stays as it is: people may have worked on it since. It tells how many
// those are.
export async function add(rekognition: RekognitionClient, arn: string, additions: Addition[], watch: Watch): Promise<number> {
  const stats = (await settled(rekognition, arn, watch)).DatasetStats;
  const there = stats?.TotalEntries ? await existing(rekognition, arn, watch) : new Map<string, boolean>();
  const wanted = additions.filter((a) => {
    const labelled = there.get(a.uri);
    return labelled === undefined || (!labelled && a.said);
  });
  watch.progress?.(additions.length - wanted.length);
  await change(rekognition, arn, wanted.map((a) => a.line), { ...watch, progress: (done) => watch.progress?.(additions.length - wanted.length + done) });
  return additions.length - wanted.length;
}
