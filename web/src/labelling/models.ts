import type { ProjectVersionDescription } from "@aws-sdk/client-rekognition";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { projectOf, versionOf } from "../projects/names";
import { projectsQuery, useVersions, versionsQuery } from "../projects/queries";
import { useRekognition } from "../session/clients";
import { useSession } from "../session/session";
import { canStart, isRunning } from "../versions/version";
import type { Model } from "./suggest";

// Runnable is the models of a project that can be asked now, and whether there are others that could be started.
export interface Runnable {
  running: Model[];
  startable: boolean;
}

function runnable(versions: ProjectVersionDescription[]): Runnable {
  const running = versions.filter(isRunning).map((v) => {
    const summary = v.EvaluationResult?.Summary?.S3Object;
    return { arn: v.ProjectVersionArn!, name: versionOf(v.ProjectVersionArn!), summary: summary?.Bucket && summary.Name ? { bucket: summary.Bucket, key: summary.Name } : undefined };
  });
  return { running, startable: versions.some(canStart) };
}

export function useOwnModels(projectArn: string): Runnable | undefined {
  const { data } = useVersions(projectArn);
  return useMemo(() => data && runnable(data), [data]);
}

const mostProjects = 50;

// useOtherModels gives what runs in other projects of the account: a model of another project may know these things too.
export function useOtherModels(except: string, wanted: boolean) {
  const client = useRekognition();
  const queries = useQueryClient();
  const { account, region } = useSession();
  return useQuery({
    queryKey: ["labelling models elsewhere", except],
    enabled: wanted,
    staleTime: 10_000,
    queryFn: async () => {
      const projects = (await queries.fetchQuery({ ...projectsQuery(client, { account, region }), retry: false })).filter((p) => p.ProjectArn !== except).slice(0, mostProjects);
      const found: Model[] = [];
      for (const p of projects) {
        const { running } = runnable(await queries.fetchQuery({ ...versionsQuery(client, p.ProjectArn!), retry: false }));
        found.push(...running.map((m) => ({ ...m, name: `${projectOf(p.ProjectArn!)} / ${m.name}` })));
      }
      return found;
    },
  });
}
