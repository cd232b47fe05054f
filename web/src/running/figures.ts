import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSession } from "../session/session";
import { keyOf, type Name, read, type Series, useCloudWatch, type Wanted } from "./cloudwatch";

// Figures are a model's of the last hour.
export interface Figures {
  units: number; // in service now
  perSecond: number; // requests of any outcome, in the last minute or two
  answered: number;
  refused: number;
  errors: number;
  p50?: number; // milliseconds
  p99?: number;
  consumed: number; // units' worth of computing, in the last minute or two
  minutes: { requests: number[]; p50: number[]; refused: number[] };
}

const minute = 60_000;
export const shown = 60; // minutes

const metrics: [name: string, metric: string, stat: string, period: number][] = [
  ["answered", "SuccessfulRequestCount", "Sum", 60],
  ["refused", "ThrottledCount", "Sum", 60],
  ["user", "UserErrorCount", "Sum", 60],
  ["server", "ServerErrorCount", "Sum", 60],
  ["p50s", "ResponseTime", "p50", 60],
  ["p50", "ResponseTime", "p50", shown * 60],
  ["p99", "ResponseTime", "p99", shown * 60],
  ["consumed", "ConsumedInferenceUnits", "Sum", 60],
  ["units", "InServiceInferenceUnits", "Maximum", 60],
];

// useFigures gives the figures of models by keyOf.
export function useFigures(names: Name[]) {
  const client = useCloudWatch();
  const { region, account } = useSession();
  const keys = names.map(keyOf);
  return useQuery({
    queryKey: ["figures", account, region, ...keys],
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const now = Date.now();
      const from = Math.floor(now / minute) * minute - (shown - 1) * minute;
      const wanted: Wanted[] = names.flatMap((of) => metrics.map(([, metric, stat, period]) => ({ of, metric, stat, period })));
      const series = await read(client, wanted, new Date(from), new Date(now + 1));
      return new Map(keys.map((key, i) => [key, figuresOf(named(series.slice(i * metrics.length, (i + 1) * metrics.length)), from, now)]));
    },
    refetchInterval: 5000,
  });
}

type Named = (name: string) => Series;

function named(list: Series[]): Named {
  const byName = new Map(metrics.map(([name], i) => [name, list[i] ?? new Map<number, number>()]));
  return (name) => byName.get(name)!;
}

function figuresOf(of: Named, from: number, now: number): Figures {
  const minutes = Array.from({ length: shown }, (_, i) => from + i * minute);
  const at = (name: string, when: number) => of(name).get(when) ?? 0;
  const sum = (...names: string[]) => (when: number) => names.reduce((all, name) => all + at(name, when), 0);
  const total = (...names: string[]) => minutes.map(sum(...names)).reduce((a, b) => a + b, 0);
  const last = minutes.slice(-2);
  const seconds = (now - last[0]!) / 1000; // the minute that has just ended, and the one that goes on
  const lately = (...names: string[]) => last.map(sum(...names)).reduce((a, b) => a + b, 0) / seconds;
  return {
    units: at("units", last[1]!),
    perSecond: lately("answered", "refused", "user", "server"),
    answered: total("answered"),
    refused: total("refused"),
    errors: total("user", "server"),
    p50: of("p50").values().next().value,
    p99: of("p99").values().next().value,
    consumed: lately("consumed") * 60,
    minutes: { requests: minutes.map(sum("answered", "refused", "user", "server")), p50: minutes.map(sum("p50s")), refused: minutes.map(sum("refused")) },
  };
}
