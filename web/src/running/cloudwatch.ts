import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type MetricDataQuery, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { useMemo } from "react";
import { settings } from "../session/clients";
import { useSession } from "../session/session";

// Figures of models come from CloudWatch, whose client only this page loads.
export function useCloudWatch(): CloudWatchClient {
  const s = useSession();
  return useMemo(() => new CloudWatchClient(settings(s)), [s]);
}

// Name is what CloudWatch knows a model by.
export interface Name {
  project: string;
  version: string;
}

export const keyOf = (n: Name) => `${n.project}/${n.version}`;

const Namespace = "AWS/Rekognition";
const queriesAtATime = 500;

// listed gives the models that had inference units: lately, or in the last 14 days.
export async function listed(client: CloudWatchClient, lately: boolean): Promise<Name[]> {
  const names: Name[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListMetricsCommand({ Namespace, MetricName: "InServiceInferenceUnits", RecentlyActive: lately ? "PT3H" : undefined, NextToken }));
    for (const m of page.Metrics ?? []) {
      const of = (name: string) => m.Dimensions?.find((d) => d.Name === name)?.Value ?? "";
      names.push({ project: of("ProjectName"), version: of("VersionName") });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return names;
}

// Wanted is a metric of a model in some statistic.
export interface Wanted {
  of: Name;
  metric: string;
  stat: string;
  period: number;
}

// Series are values by the time, in milliseconds, at which their period began.
export type Series = Map<number, number>;

// read gives a series for each that is wanted, in that order.
export async function read(client: CloudWatchClient, wanted: Wanted[], from: Date, to: Date): Promise<Series[]> {
  const all: Series[] = wanted.map(() => new Map());
  for (let first = 0; first < wanted.length; first += queriesAtATime) {
    const MetricDataQueries = wanted.slice(first, first + queriesAtATime).map((w, i) => query(w, first + i));
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetMetricDataCommand({ MetricDataQueries, StartTime: from, EndTime: to, NextToken, ScanBy: "TimestampAscending" }));
      for (const r of page.MetricDataResults ?? []) take(r, all);
      NextToken = page.NextToken;
    } while (NextToken);
  }
  return all;
}

function query(w: Wanted, i: number): MetricDataQuery {
  const Dimensions = [{ Name: "ProjectName", Value: w.of.project }, { Name: "VersionName", Value: w.of.version }];
  return { Id: `q${i}`, MetricStat: { Metric: { Namespace, MetricName: w.metric, Dimensions }, Period: w.period, Stat: w.stat } };
}

function take(r: MetricDataResult, all: Series[]) {
  const series = all[Number(r.Id!.slice(1))];
  r.Timestamps?.forEach((t, i) => series?.set(t.getTime(), r.Values![i]!));
}
