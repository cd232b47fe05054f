import { useQuery } from "@tanstack/react-query";
import { useSession } from "../session/session";
import { listed, read, useCloudWatch } from "./cloudwatch";

// price is what AWS asks for an hour of an inference unit, in US dollars.
export const price = 4;

// useUnitHours gives for how many hours inference units were in service in the last 14 days, those of all models together.
export function useUnitHours() {
  const client = useCloudWatch();
  const { region, account } = useSession();
  return useQuery({
    queryKey: ["unit hours", account, region],
    queryFn: async () => {
      const now = Date.now();
      const names = await listed(client, false);
      const days = await read(client, names.map((of) => ({ of, metric: "InServiceInferenceUnits", stat: "Sum", period: 86_400 })), new Date(now - 14 * 86_400_000), new Date(now + 1));
      // A sample a minute, and each is a unit for a minute.
      return days.flatMap((series) => [...series.values()]).reduce((a, b) => a + b, 0) / 60;
    },
    refetchInterval: 60_000,
  });
}

// dollars writes an amount.
export const dollars = (amount: number) =>
  new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: amount >= 1000 || Number.isInteger(amount) ? 0 : 2 }).format(amount);
