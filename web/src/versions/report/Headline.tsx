import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Figure, Report } from "./data";
import { isAllRight } from "./judge";
import { Tiles } from "./Tiles";
import { count, figure, lasting, sure } from "../words";

// Headline is how good the model is, and how sure that is.
export function Headline({ report }: { report: Report }) {
  const { f1, precision, recall, further } = report.figures;
  const all: { name: string; f: Figure; note: string }[] = [
    { name: "F1 score", f: f1, note: "Precision and recall in one figure: their harmonic mean, mean over labels. 1 is perfect" },
    { name: "Precision", f: precision, note: "Of what was answered, the share that is right" },
    { name: "Recall", f: recall, note: "Of what is there, the share that was answered" },
    ...(further ?? []).map((f) => ({ name: f.name, f, note: f.note })),
  ];
  return (
    <Container header={<Header variant="h2" description={`${tested(report)} Trained on ${count(report.method.trainingPictures, "picture")} in ${lasting(report.method.took)}.`}>How good it is</Header>}>
      <SpaceBetween size="l">
        <Tiles
          tiles={all.map(({ name, f, note }) => ({
            name, value: figure(f.value),
            below: (
              <>
                <Bar f={f} />
                {f.interval && <Box fontSize="body-s">95&nbsp;% sure: {sure(f.interval)}</Box>}
                <Box fontSize="body-s" color="text-body-secondary">{note.charAt(0).toUpperCase() + note.slice(1)}</Box>
              </>
            ),
          }))}
        />
        <Findings report={report} />
      </SpaceBetween>
    </Container>
  );
}

// tested says in a sentence how the test went.
function tested(report: Report): string {
  const { testPictures } = report.figures;
  const tests = report.tests ?? [];
  if (report.task === "boxes" || tests.length !== testPictures) return `On ${count(testPictures, "test picture")} that the training has not seen.`;
  return `${tests.filter((t) => isAllRight(report, t)).length} of ${count(testPictures, "test picture")} that the training has not seen are answered rightly.`;
}

// Bar draws a figure and its interval between 0 and 1.
function Bar({ f }: { f: Figure }) {
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" style={{ width: "100%", maxWidth: 200, height: 8, display: "block" }} aria-hidden>
      <rect x={0} y={3} width={100} height={2} fill="currentColor" opacity={0.2} />
      {f.interval && <rect x={f.interval.low * 100} y={1} width={Math.max(0.5, (f.interval.high - f.interval.low) * 100)} height={6} fill="#3b82d6" opacity={0.6} />}
      <rect x={Math.min(99, f.value * 100)} y={0} width={1} height={8} fill="currentColor" />
    </svg>
  );
}

// Findings says in words what to look at first.
function Findings({ report }: { report: Report }) {
  const all: string[] = [];
  const { f1, testPictures } = report.figures;
  if (f1.interval && f1.interval.high - f1.interval.low > 0.15) {
    all.push(`With ${count(testPictures, "test picture")} the F1 score may as well be ${f1.interval.low.toFixed(2)} as ${f1.interval.high.toFixed(2)}. More test pictures make it surer.`);
  }
  const foretold = report.foretold;
  if (foretold && f1.interval && (foretold.f1 > f1.interval.high || (foretold.f1 < f1.interval.low && !foretold.modest))) {
    all.push(`On held-out training pictures the F1 score was ${figure(foretold.f1)}: the test pictures seem ${foretold.f1 > f1.value ? "harder, or of another kind" : "easier, or of the same things"}.`);
  }
  const weak = [...report.labels].filter((l) => l.testPictures > 0).sort((a, b) => a.f1 - b.f1)[0];
  if (weak && report.labels.length > 1 && weak.f1 < 1) all.push(`The weakest label is ${weak.name}: F1 score ${figure(weak.f1)}, precision ${figure(weak.precision.value)}, recall ${figure(weak.recall.value)}.`);
  if (report.wrongLabels?.length) all.push(`${count(report.wrongLabels.length, "training label")} may be wrong or missing. Look at ${report.wrongLabels.length === 1 ? "it" : "them"} below, and train again.`);
  const few = report.scarce?.filter((s) => s.fewToLearn).map((s) => s.label) ?? [];
  if (few.length) all.push(`Too few training pictures to be learnt well: ${few.slice(0, 8).join(", ")}${few.length > 8 ? ` and ${few.length - 8} more` : ""}.`);
  const unsure = report.scarce?.filter((s) => s.fewToTell).map((s) => s.label) ?? [];
  if (unsure.length) all.push(`Too few test pictures to tell how good they are: ${unsure.slice(0, 8).join(", ")}${unsure.length > 8 ? ` and ${unsure.length - 8} more` : ""}.`);
  if (!all.length) return null;
  return (
    <Alert type="info" header="What stands out">
      <ul style={{ margin: 0, paddingLeft: 18 }}>{all.map((t) => <li key={t}>{t}</li>)}</ul>
    </Alert>
  );
}
