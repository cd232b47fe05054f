import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import { useNavigate } from "react-router-dom";
import type { Answer, Report, ToldBox } from "./data";
import { Gallery, type Marked } from "./Shown";
import { percent } from "../words";

// marksOf draws boxes, the bad ones with a word each.
const marksOf = (boxes: ToldBox[] | undefined, missed: string, wrong: string): Marked[] | undefined =>
  boxes?.map((b) => ({
    label: b.label, place: [b.left, b.top, b.width, b.height], score: b.kind.startsWith("answer") ? b.score : undefined,
    bad: b.kind === "truth-missed" ? missed : b.kind === "answer-wrong" ? wrong : undefined,
  }));

// told names labels, each once, with how often.
function told(answers: Answer[]): string {
  const times = new Map<string, Answer & { times: number }>();
  for (const a of answers) {
    const before = times.get(a.label);
    times.set(a.label, { label: a.label, score: Math.max(a.score, before?.score ?? 0), times: (before?.times ?? 0) + 1 });
  }
  return [...times.values()].map((a) => `${a.times > 1 ? `${a.times} × ` : ""}${a.label} ${percent(a.score)}`).join(", ");
}

// Mistakes are the test pictures with the worst wrong answers.
export function Mistakes({ report }: { report: Report }) {
  const list = report.mistakes ?? [];
  return (
    <Container header={<Header variant="h2" counter={`(${list.length})`} description="Test pictures with wrong answers, the most certain and the most missed first.">Worst mistakes</Header>}>
      {list.length === 0 ? <Box color="text-body-secondary">None: every test picture is answered rightly.</Box> : (
        <Gallery first={12} pictures={list.map((m) => ({
          uri: m.picture.name, marks: marksOf(m.boxes, "missed", "wrong"),
          lines: (
            <>
              {!m.boxes && <>True: <b>{m.truth?.join(", ") || "nothing"}</b><br /></>}
              {m.wrong?.length ? <>Wrong: {told(m.wrong)}<br /></> : null}
              {m.missed?.length ? <>Missed: {told(m.missed)}</> : null}
            </>
          ),
        }))} />
      )}
    </Container>
  );
}

// WrongLabels are training pictures that people have probably labelled wrongly, each with the way to correct it.
export function WrongLabels({ report, project, model }: { report: Report; project: string; model: string }) {
  const navigate = useNavigate();
  const list = report.wrongLabels ?? [];
  if (!list.length) return null;
  const boxes = report.task === "boxes";
  const review = `/projects/${encodeURIComponent(project)}/datasets/train/label?suspects=${encodeURIComponent(model)}`;
  return (
    <Container header={<Header variant="h2" counter={`(${list.length})`} description={`Training pictures whose ${boxes ? "boxes" : "labels"} do not agree with what a model says that has not seen them. Some may be right: look before changing.`}
      actions={<Button href={`/console${review}`} onFollow={(e) => { e.preventDefault(); navigate(review); }}>Look through them</Button>}>Likely wrong labels</Header>}>
      <Gallery first={12} pictures={list.map((w) => {
        const at = `${review}&at=${encodeURIComponent(w.picture.name)}`;
        return {
          uri: w.picture.name, marks: marksOf(w.boxes, "doubtful", "suggested"),
          lines: (
            <>
              {w.given && w.suggested ? <>Labelled <b>{w.given}</b>, seems to be <b>{w.suggested}</b></> : w.given ? <>Labelled <b>{w.given}</b>, which seems not to be there</> : <><b>{w.suggested}</b> seems to be missing</>}{" "}
              ({percent(w.confidence)} sure)<br />
              <Link fontSize="body-s" href={`/console${at}`} ariaLabel={`Correct it: ${w.picture.name}`} onFollow={(e) => { e.preventDefault(); navigate(at); }}>Correct it</Link>
            </>
          ),
        };
      })} />
    </Container>
  );
}
