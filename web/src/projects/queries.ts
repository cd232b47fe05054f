import {
  type DatasetDescription, DescribeDatasetCommand, DescribeProjectsCommand, DescribeProjectVersionsCommand, ListDatasetLabelsCommand, type DatasetLabelDescription,
  type ProjectDescription, type ProjectVersionDescription, type RekognitionClient,
} from "@aws-sdk/client-rekognition";
import { useQuery } from "@tanstack/react-query";
import { inProgress } from "../datasets/change";
import { useRekognition } from "../session/clients";
import { type Session, useSession } from "../session/session";

// How often is asked: while something is in progress, and else.
const busy = 1500, quiet = 15_000;

async function all<T>(page: (token?: string) => Promise<{ items?: T[]; next?: string }>): Promise<T[]> {
  const list: T[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const { items, next } = await page(token);
    list.push(...(items ?? []));
    token = next;
    more = !!next;
  }
  return list;
}

const isBusy = (p: ProjectDescription) => p.Status !== "CREATED" || (p.Datasets ?? []).some((d) => inProgress(d.Status));

// What several pages ask is asked here, so that they share the answer: by a hook, or by another query that needs it (fetchQuery).
type Of = Pick<Session, "account" | "region">;

export const projectsQuery = (rekognition: RekognitionClient, { account, region }: Of) => ({
  queryKey: ["projects", account, region],
  queryFn: () => all<ProjectDescription>(async (NextToken) => {
    const got = await rekognition.send(new DescribeProjectsCommand({ NextToken }));
    return { items: got.ProjectDescriptions, next: got.NextToken };
  }),
});

// projectQuery finds a project by its name; null: there is none.
export const projectQuery = (rekognition: RekognitionClient, { account, region }: Of, name: string) => ({
  queryKey: ["projects", account, region, name],
  queryFn: async () => (await rekognition.send(new DescribeProjectsCommand({ ProjectNames: [name] }))).ProjectDescriptions?.[0] ?? null,
});

export const versionsQuery = (rekognition: RekognitionClient, arn: string) => ({ queryKey: ["versions", arn], queryFn: () => versionsOf(rekognition, arn) });

export function useProjects() {
  const rekognition = useRekognition();
  const session = useSession();
  return useQuery({
    ...projectsQuery(rekognition, session),
    refetchInterval: ({ state }) => (state.data?.some(isBusy) ? busy : quiet),
  });
}

export function useProject(name: string) {
  const rekognition = useRekognition();
  const session = useSession();
  return useQuery({
    ...projectQuery(rekognition, session, name),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data) ? busy : quiet),
  });
}

export const versionsOf = (rekognition: RekognitionClient, arn: string) =>
  all<ProjectVersionDescription>(async (NextToken) => {
    const got = await rekognition.send(new DescribeProjectVersionsCommand({ ProjectArn: arn, NextToken }));
    return { items: got.ProjectVersionDescriptions, next: got.NextToken };
  });

export const isMoving = (status?: string) => /_IN_PROGRESS$|^(STARTING|STOPPING|DELETING)$/.test(status ?? "");

export function useVersions(arn?: string) {
  const rekognition = useRekognition();
  return useQuery({
    ...versionsQuery(rekognition, arn ?? ""),
    enabled: !!arn,
    refetchInterval: ({ state }) => (state.data?.some((v) => isMoving(v.Status)) ? busy : quiet),
  });
}

// useDataset describes a dataset, live; null: it is gone.
export function useDataset(arn?: string) {
  const rekognition = useRekognition();
  return useQuery({
    queryKey: ["datasets", "one", arn],
    enabled: !!arn,
    queryFn: async (): Promise<DatasetDescription | null> => {
      try {
        return (await rekognition.send(new DescribeDatasetCommand({ DatasetArn: arn }))).DatasetDescription ?? null;
      } catch (thrown) {
        if ((thrown as Error).name === "ResourceNotFoundException") return null;
        throw thrown;
      }
    },
    refetchInterval: ({ state }) => (inProgress(state.data?.Status) ? 1000 : quiet),
  });
}

// useLabels lists the labels of a dataset that is settled. since tells that it has changed.
export function useLabels(arn: string | undefined, dataset: DatasetDescription | null | undefined) {
  const rekognition = useRekognition();
  return useQuery({
    queryKey: ["datasets", "labels", arn, dataset?.LastUpdatedTimestamp?.getTime()],
    enabled: !!arn && !!dataset && !inProgress(dataset.Status),
    placeholderData: (before: DatasetLabelDescription[] | undefined) => before,
    queryFn: () => all<DatasetLabelDescription>(async (NextToken) => {
      const got = await rekognition.send(new ListDatasetLabelsCommand({ DatasetArn: arn, NextToken }));
      return { items: got.DatasetLabelDescriptions, next: got.NextToken };
    }),
  });
}
