import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Steps from "@cloudscape-design/components/steps";
import Table from "@cloudscape-design/components/table";
import { useEffect, useState } from "react";
import { Lines } from "../../charts/Lines";
import { shares, upTo } from "../../charts/Plot";
import type { Version } from "../version";
import { lasting } from "../words";
import { shareOf, stages, type Step, useLog } from "./log";

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

// useNow is the time, once a second.
function useNow(): number {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => set(Date.now()), 1000);
    return () => clearInterval(tick);
  }, []);
  return now;
}

// Training shows what is going on while a model learns.
export function Training({ version }: { version: Version }) {
  const { now, steps } = useLog(version);
  const clock = useNow();
  const began = version.CreationTimestamp?.getTime() ?? clock;
  const since = steps.at(-1)?.at ?? clock;
  // Of a step whose beginning was not seen, it is not known how long it has taken.
  const share = now.of || steps.length > 1 ? shareOf(now, since, clock) : undefined;
  const details = [now.of ? `${now.done} of ${now.of}` : "", now.left === undefined ? "" : `about ${lasting(now.left)} left of this`].filter(Boolean).join(", ");
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description={`Begun ${lasting((clock - began) / 1000)} ago. It goes on without this page, and after a restart of the server.`}>Training</Header>}>
        <ColumnLayout columns={2}>
          <Steps
            ariaLabel="Steps of the training"
            steps={stages.map((header, i) => ({
              header,
              status: i < now.stage ? "success" : i === now.stage ? (i === 1 ? "pending" : "in-progress") : "stopped",
              statusIconAriaLabel: i < now.stage ? "done" : i === now.stage ? "now" : "to come",
              details: i === now.stage && now.what && now.what.toLowerCase() !== header.toLowerCase() ? capital(now.what) : undefined,
            }))}
          />
          <SpaceBetween size="m">
            {share === undefined
              ? <StatusIndicator type="in-progress">{[capital(now.what || "beginning"), details].filter(Boolean).join(", ")}</StatusIndicator>
              : <ProgressBar label={capital(now.what)} value={share * 100} additionalInfo={details} />}
            <Box color="text-body-secondary">A training that runs cannot be stopped: the service has no such operation. When it has ended, the model can be deleted.</Box>
          </SpaceBetween>
        </ColumnLayout>
      </Container>
      <Curve steps={steps} clock={clock} />
      <Log steps={steps} clock={clock} />
    </SpaceBetween>
  );
}

// Curve draws how quickly each step goes.
function Curve({ steps, clock }: { steps: Step[]; clock: number }) {
  const began = steps[0]?.at ?? clock;
  const seen = new Map<string, [number, number][]>();
  for (const s of steps) if (s.points.length > 1) seen.set(s.what, [...(seen.get(s.what) ?? []), ...s.points.map(([at, v]): [number, number] => [(at - began) / 60_000, v])]);
  if (!seen.size) return null;
  const lines = [...seen].slice(-6).map(([name, points]) => ({ name: capital(name), points }));
  return (
    <Container header={<Header variant="h2" description="Losses are drawn in the report, when the training has ended.">Progress of each step</Header>}>
      <Lines lines={lines} x={upTo((clock - began) / 60_000, (m) => `${Math.round(m * 10) / 10}`)} y={shares} xName="Minutes" yName="Done" name="Share of each step that is done, over time" />
    </Container>
  );
}

function Log({ steps, clock }: { steps: Step[]; clock: number }) {
  const rows = steps.map((s, i) => ({ ...s, key: i, took: ((steps[i + 1]?.at ?? clock) - s.at) / 1000, last: i === steps.length - 1 })).reverse();
  return (
    <Table
      header={<Header variant="h2" counter={`(${rows.length})`} description="As far as this browser has looked on.">What has happened</Header>}
      items={rows}
      trackBy={(r) => String(r.key)}
      variant="container"
      columnDefinitions={[
        { id: "at", header: "Since", cell: (r) => new Date(r.at).toLocaleTimeString(), width: 120 },
        { id: "what", header: "What", cell: (r) => capital(r.what || "beginning"), isRowHeader: true },
        { id: "took", header: "For", cell: (r) => (r.last ? `${lasting(r.took)} so far` : lasting(r.took)), width: 160 },
      ]}
      empty="Nothing yet."
    />
  );
}
