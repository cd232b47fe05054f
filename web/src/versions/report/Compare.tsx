import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import Tabs from "@cloudscape-design/components/tabs";
import { useMemo } from "react";
import { Failure } from "../../shell/Failure";
import { useVersion, type Version } from "../version";
import { shown } from "./Confusion";
import { type Evaluation, type Figure, type Report, type Test, useEvaluation } from "./data";
import { isRight } from "./judge";
import { Gallery } from "./Shown";
import { Change } from "./Threshold";
import { count, figure, sure } from "../words";

interface Row { name: string; mine?: Figure; theirs?: Figure }

// Compare puts two models of a project side by side.
export function Compare({ version, other, mine }: { version: Version; other: string; mine: Evaluation }) {
  const { data: their, error } = useVersion(version.project, other);
  const evaluation = useEvaluation(their);
  if (error ?? evaluation.error) return <Failure of={`The report of ${other}`} thrown={error ?? evaluation.error} />;
  if (!evaluation.data) return <Box textAlign="center" padding="xl"><Spinner /> Loading the report of {other}</Box>;
  return <SideBySide names={[version.name, other]} mine={mine} theirs={evaluation.data} />;
}

function figuresOf(e: Evaluation): Map<string, Figure> {
  if (e.report) {
    const f = e.report.figures;
    return new Map([["F1 score", f.f1], ["Precision", f.precision], ["Recall", f.recall], ...(f.further ?? []).map((n): [string, Figure] => [n.name, n])]);
  }
  const a = e.summary?.AggregatedEvaluationResults;
  return new Map(a ? [["F1 score", { value: a.F1Score }], ["Precision", { value: a.Precision }], ["Recall", { value: a.Recall }]] : []);
}

const labelsOf = (e: Evaluation): Map<string, Figure> =>
  new Map(e.report ? e.report.labels.map((l) => [l.name, { value: l.f1 }]) : (e.summary?.LabelEvaluationResults ?? []).map((l) => [l.Label, { value: l.Metrics.F1Score }]));

const joined = (a: Map<string, Figure>, b: Map<string, Figure>): Row[] => [...new Set([...a.keys(), ...b.keys()])].map((name) => ({ name, mine: a.get(name), theirs: b.get(name) }));

// sameTest says whether both were tested with the same pictures and the same truth; unknown where a report lists none.
function sameTest(a: Report | null, b: Report | null): boolean | undefined {
  if (!a?.tests || !b?.tests) return undefined;
  const truths = (r: Report) => r.tests!.map((t) => `${t.picture} ${(t.boxes ?? (t.truth ?? []).map((label) => ({ label, box: [] }))).map((o) => `${r.labels[o.label]!.name} ${o.box.join(" ")}`).sort().join("|")}`).sort().join("\n");
  return a.figures.testPictures === b.figures.testPictures && truths(a) === truths(b);
}

function SideBySide({ names, mine, theirs }: { names: [string, string]; mine: Evaluation; theirs: Evaluation }) {
  const same = useMemo(() => sameTest(mine.report, theirs.report), [mine, theirs]);
  return (
    <SpaceBetween size="l">
      {same === true && <Alert type="success">Both were tested with the same pictures and labels, so their figures can be compared.</Alert>}
      {same === false && <Alert type="warning" header="They were tested with different pictures or labels">The differences below may come from the test sets as well as from the models. Train both with the same test dataset to compare them.</Alert>}
      {same === undefined && <Alert type="info">At least one of the reports does not list its test pictures: whether the figures can be compared is not known.</Alert>}
      <Differences title="Figures" names={names} rows={joined(figuresOf(mine), figuresOf(theirs))} />
      <Differences title="F1 score by label" names={names} rows={joined(labelsOf(mine), labelsOf(theirs)).sort((a, b) => by(a) - by(b))} />
      {same && <Pictures names={names} mine={mine.report!} theirs={theirs.report!} />}
    </SpaceBetween>
  );
}

const by = (r: Row) => (r.mine?.value ?? 0) - (r.theirs?.value ?? 0);

function Differences({ title, names, rows }: { title: string; names: [string, string]; rows: Row[] }) {
  const cell = (f?: Figure) => (f ? <>{figure(f.value)} {f.interval && <Box variant="span" color="text-body-secondary" fontSize="body-s">({sure(f.interval)})</Box>}</> : "–");
  return (
    <Table
      header={<Header variant="h2">{title}</Header>}
      items={rows}
      trackBy="name"
      columnDefinitions={[
        { id: "name", header: "", cell: (r) => r.name, isRowHeader: true, minWidth: 140 },
        { id: "mine", header: names[0], cell: (r) => cell(r.mine) },
        { id: "theirs", header: names[1], cell: (r) => cell(r.theirs) },
        { id: "by", header: `${names[0]} against ${names[1]}`, cell: (r) => (r.mine && r.theirs ? <Change by={by(r)} /> : r.mine ? "only here" : "only there") },
      ]}
    />
  );
}

// rightOn says whether all that was answered for a picture is true, and all that is true was answered.
function rightOn(r: Report, t: Test): boolean {
  const given = (t.answers ?? []).filter((a) => a.score >= r.labels[a.label]!.threshold);
  const truths = t.boxes?.length ?? t.truth?.length ?? 0;
  return given.every((a) => isRight(t, a, r.task === "boxes")) && given.length === truths;
}

// Pictures are those that only one of the two answers without a mistake.
function Pictures({ names, mine, theirs }: { names: [string, string]; mine: Report; theirs: Report }) {
  const [better, worse] = useMemo(() => {
    const other = new Map(theirs.tests!.map((t) => [t.picture, t]));
    const differ = mine.tests!.map((t) => ({ t, a: rightOn(mine, t), b: rightOn(theirs, other.get(t.picture)!), u: other.get(t.picture)! })).filter((d) => d.a !== d.b);
    return [differ.filter((d) => d.a).map((d) => shown(theirs, d.u)), differ.filter((d) => d.b).map((d) => shown(mine, d.t))];
  }, [mine, theirs]);
  if (!better.length && !worse.length) return <Box color="text-body-secondary">Both are right on the same test pictures.</Box>;
  return (
    <Container header={<Header variant="h2" description="Shown with the answers of the one that is wrong.">Test pictures that only one gets right</Header>}>
      <Tabs
        i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
        tabs={[
          { id: "better", label: `Only ${names[0]} is right (${better.length})`, content: better.length ? <Gallery pictures={better} first={12} /> : count(0, "picture") },
          { id: "worse", label: `Only ${names[1]} is right (${worse.length})`, content: worse.length ? <Gallery pictures={worse} first={12} /> : count(0, "picture") },
        ]}
      />
    </Container>
  );
}
