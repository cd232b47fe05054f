import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Steps from "@cloudscape-design/components/steps";
import Table from "@cloudscape-design/components/table";
import { useEffect, useState } from "react";
import { Lines } from "../../charts/Lines";
import { shares, upTo } from "../../charts/Plot";
import { LossLines, type Series } from "../LossLines";
import type { Version } from "../version";
import { lasting } from "../words";
import { useLive } from "./live";
import { shareOf, stages, type Step, useLog } from "./log";
import { Tried } from "./Tried";

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
  const live = useLive(version);
  const clock = useNow();
  const began = version.CreationTimestamp?.getTime() ?? clock;
  const since = steps.at(-1)?.at ?? clock;
  // Of a step whose beginning was not seen, it is not known how long it has taken.
  const share = live?.doing === now.what && live.share !== undefined ? live.share : now.of || steps.length > 1 ? shareOf(now, since, clock) : undefined;
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
      <Curves losses={live?.losses ?? []} steps={steps} clock={clock} />
      {live && <Tried live={live} />}
      <Log steps={steps} clock={clock} />
    </SpaceBetween>
  );
}

// Curves are side by side where there are two.
function Curves({ losses, steps, clock }: { losses: Series[]; steps: Step[]; clock: number }) {
  const lost = losses.filter((l) => (l.points?.length ?? 0) > 1).slice(-6), went = paceOf(steps);
  const half = { default: 12, m: lost.length && went.size ? 6 : 12 };
  if (!lost.length && !went.size) return null;
  const parts = [lost.length > 0 && <Losses key="losses" losses={lost} />, went.size > 0 && <Pace key="pace" went={went} minutes={(clock - (steps[0]?.at ?? clock)) / 60_000} />].filter(Boolean);
  return <Grid gridDefinition={parts.map(() => ({ colspan: half }))}>{parts}</Grid>;
}

// Losses draws what the steps of fine-tuning lose.
function Losses({ losses }: { losses: Series[] }) {
  return (
    <Container fitHeight header={<Header variant="h2" description="On training pictures; each point is a mean over some steps.">Training loss</Header>}>
      <LossLines losses={losses} />
    </Container>
  );
}

// paceOf gives how much of each step was done after how many minutes.
function paceOf(steps: Step[]): Map<string, [number, number][]> {
  const began = steps[0]?.at ?? 0;
  const seen = new Map<string, [number, number][]>();
  for (const s of steps) if (s.points.length > 1) seen.set(s.what, [...(seen.get(s.what) ?? []), ...s.points.map(([at, v]): [number, number] => [(at - began) / 60_000, v])]);
  return seen;
}

// Pace draws how quickly each step goes.
function Pace({ went, minutes }: { went: Map<string, [number, number][]>; minutes: number }) {
  const most = Math.max(minutes, ...[...went.values()].flatMap((points) => points.map(([at]) => at)));
  const [unit, parts] = most < 2 ? ["Seconds", 60] : ["Minutes", 1]; // of a minute
  const lines = [...went].slice(-6).map(([name, points]) => ({ name: capital(name), points: points.map(([at, v]): [number, number] => [at * parts, v]) }));
  return (
    <Container fitHeight header={<Header variant="h2" description="How much of what is being done is done.">Progress of each step</Header>}>
      <Lines lines={lines} x={upTo(most * parts, (t) => `${Math.round(t * 10) / 10}`)} y={shares} xName={unit} yName="Done" name="Share of each step that is done, over time" />
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
      wrapLines
      columnDefinitions={[
        { id: "at", header: "Since", cell: (r) => new Date(r.at).toLocaleTimeString(), width: 120 },
        { id: "what", header: "What", cell: (r) => capital(r.what || "beginning"), isRowHeader: true },
        { id: "took", header: "For", cell: (r) => (r.last ? `${lasting(r.took)} so far` : lasting(r.took)), width: 160 },
      ]}
      empty="Nothing yet."
    />
  );
}
