import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import Slider from "@cloudscape-design/components/slider";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useDeferredValue, useMemo, useState } from "react";
import type { Report } from "./data";
import { countedAt, counted, f1Of, type Flip, flips, meanOf, precisionOf, recallOf, type Turn } from "./judge";
import { Gallery } from "./Shown";
import { Tiles } from "./Tiles";
import { figure, percent } from "../words";

const turns: { id: Turn; label: string; text: string }[] = [
  { id: "found", label: "Newly right", text: "is answered now, rightly" },
  { id: "false", label: "Newly wrong", text: "is answered now, wrongly" },
  { id: "lost", label: "No longer found", text: "is missed now" },
  { id: "spared", label: "No longer wrong", text: "is rightly not answered any more" },
];

// Threshold shows what another minimum confidence would change.
export function Threshold({ report }: { report: Report }) {
  const [label, setLabel] = useState<number | null>(null);
  const chosen = label === null ? undefined : report.labels[label];
  const usual = chosen?.threshold ?? report.labels.reduce((sum, l) => sum + l.threshold, 0) / report.labels.length;
  const [moved, setMoved] = useState<number>();
  const at = useDeferredValue(moved);
  const value = moved ?? Math.round(usual * 100);
  const changed = useMemo(() => (at === undefined ? [] : flips(report, at, label)), [report, at, label]);
  if (!report.labels.length || report.labels.some((l) => !l.sweep)) return null;
  const options = [{ value: "", label: "All labels" }, ...report.labels.map((l, i) => ({ value: String(i), label: l.name, labelTag: percent(l.threshold) }))];
  const labels = chosen ? [chosen] : report.labels;
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button disabled={moved === undefined} onClick={() => setMoved(undefined)}>Back to the model&apos;s own</Button>}
          description="A call that names no MinConfidence answers each label from its own threshold on, which was chosen on training pictures. Try another one.">
          Threshold
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ColumnLayout columns={2}>
          <FormField label="Label">
            <Select selectedOption={options[label === null ? 0 : label + 1]!} options={options} filteringType={options.length > 12 ? "auto" : "none"}
              onChange={({ detail }) => { setLabel(detail.selectedOption.value ? Number(detail.selectedOption.value) : null); setMoved(undefined); }} />
          </FormField>
          <FormField label="Minimum confidence" description={moved === undefined ? (chosen ? `The model's own: ${(chosen.threshold * 100).toFixed(1)}\u00a0%` : "Each label at its own threshold") : `MinConfidence = ${moved}`}>
            <Slider value={value} min={0} max={100} valueFormatter={(v) => `${v}\u00a0%`} ariaLabel="Minimum confidence" onChange={({ detail }) => setMoved(detail.value)} />
          </FormField>
        </ColumnLayout>
        <Effect labels={labels} at={at} />
        {at !== undefined && <Flips report={report} list={changed} />}
      </SpaceBetween>
    </Container>
  );
}

function Effect({ labels, at }: { labels: Report["labels"]; at?: number }) {
  const before = meanOf(labels, counted), sums = (of: typeof counted) => labels.map(of).reduce((a, b) => ({ right: a.right + b.right, wrong: a.wrong + b.wrong, missed: a.missed + b.missed }));
  const now = at === undefined ? counted : (l: Report["labels"][number]) => countedAt(l, at);
  const one = labels.length === 1 ? now(labels[0]!) : undefined;
  const after = one ? { precision: precisionOf(one), recall: recallOf(one), f1: f1Of(one) } : meanOf(labels, now);
  const was = sums(counted), is = sums(now);
  const cells: { name: string; value: string; by: number; good: 1 | -1; exact?: boolean }[] = [
    { name: "Precision", value: figure(after.precision), by: after.precision - before.precision, good: 1 },
    { name: "Recall", value: figure(after.recall), by: after.recall - before.recall, good: 1 },
    { name: "F1 score", value: figure(after.f1), by: after.f1 - before.f1, good: 1 },
    { name: "Right answers", value: String(is.right), by: is.right - was.right, good: 1, exact: true },
    { name: "Wrong answers", value: String(is.wrong), by: is.wrong - was.wrong, good: -1, exact: true },
    { name: "Missed", value: String(is.missed), by: is.missed - was.missed, good: -1, exact: true },
  ];
  return (
    <div aria-live="polite">
      <Tiles tiles={cells.map((c) => ({ name: c.name, value: c.value, below: <Change by={c.by} good={c.good} exact={c.exact} /> }))} />
    </div>
  );
}

// Change tells by how much a figure differs, and whether that is for the better.
export function Change({ by, good = 1, exact }: { by: number; good?: 1 | -1; exact?: boolean }) {
  if (Math.abs(by) < (exact ? 1 : 0.0005)) return <Box fontSize="body-s" color="text-body-secondary">no change</Box>;
  const text = `${by > 0 ? "+" : "−"}${exact ? Math.abs(by) : Math.abs(by).toFixed(3)}`;
  return <Box fontSize="body-s" color={by * good > 0 ? "text-status-success" : "text-status-error"}>{by * good > 0 ? "better" : "worse"}: {text}</Box>;
}

function Flips({ report, list }: { report: Report; list: Flip[] }) {
  const [tab, setTab] = useState<Turn>("found");
  const of = (turn: Turn) => list.filter((f) => f.turn === turn);
  if (!list.length) return <Box color="text-body-secondary">No test picture gets another answer.</Box>;
  const shown = of(tab).length ? tab : list[0]!.turn;
  return (
    <Tabs
      i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
      ariaLabel="Test pictures that get another answer"
      activeTabId={shown}
      onChange={({ detail }) => setTab(detail.activeTabId as Turn)}
      tabs={turns.map((t) => {
        const these = of(t.id);
        return {
          id: t.id, label: `${t.label} (${these.length})`, disabled: !these.length,
          content: <Gallery key={t.id} first={12} pictures={these.map((f) => ({
            uri: f.test.picture,
            marks: f.said.box && [{ label: report.labels[f.said.label]!.name, place: f.said.box, score: f.said.score }],
            lines: <><b>{report.labels[f.said.label]!.name}</b> ({percent(f.said.score)}) {t.text}</>,
          }))} />,
        };
      })}
    />
  );
}
