import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type CSSProperties, useMemo, useRef, useState } from "react";
import type { Report, Test } from "./data";
import { Gallery, type Marked, type ShownPicture } from "./Shown";
import { count, percent } from "../words";

const mostSide = 30; // labels that are drawn
const mostPairs = 12;

interface Cell { truth: number; answer: number }
interface Pair extends Cell { count: number; of: number }

// Confusion is what is taken for what; every cell opens onto its pictures.
export function Confusion({ report }: { report: Report }) {
  const c = report.confusion!;
  const names = useMemo(() => (c.nothing ? [...c.labels, "(nothing)"] : c.labels), [c]);
  const nothing = c.nothing ? c.labels.length : -1;
  const [cell, setCell] = useState<Cell>();
  const below = useRef<HTMLDivElement>(null);
  const open = (at: Cell) => {
    setCell(at);
    setTimeout(() => below.current?.scrollIntoView({ behavior: "smooth", block: "nearest" }));
  };
  const pairs = useMemo(() => pairsOf(c.counts, nothing), [c, nothing]);
  const sides = useMemo(() => drawnOf(names.length, pairs), [names.length, pairs]);
  return (
    <Container header={<Header variant="h2" description="True labels downwards, answers to the right. Open a cell to see its pictures.">Confusion matrix</Header>}>
      <SpaceBetween size="l">
        {sides.length < names.length && <Box color="text-body-secondary">Drawn are the {sides.length} labels of {names.length} with the most mistakes.</Box>}
        <ColumnLayout columns={sides.length > 14 ? 1 : 2}>
          <Matrix counts={c.counts} names={names} sides={sides} nothing={nothing} chosen={cell} open={open} />
          <div>
            <Box variant="h3">Most frequent mistakes</Box>
            {pairs.length === 0 && <Box color="text-body-secondary">None: every answer is right.</Box>}
            <ol style={{ paddingLeft: 22, margin: "6px 0" }}>
              {pairs.slice(0, mostPairs).map((p) => (
                <li key={`${p.truth} ${p.answer}`}><Link onFollow={(e) => { e.preventDefault(); open(p); }} href="#pictures-of-a-cell">{words(p, names, nothing)}</Link>: {p.count} of {p.of} ({percent(p.count / p.of)})</li>
              ))}
            </ol>
          </div>
        </ColumnLayout>
        <div ref={below} id="pictures-of-a-cell">{cell && <Behind key={`${cell.truth} ${cell.answer}`} report={report} cell={cell} title={words(cell, names, nothing)} count={c.counts[cell.truth]![cell.answer]!} />}</div>
      </SpaceBetween>
    </Container>
  );
}

function words({ truth, answer }: Cell, names: string[], nothing: number): string {
  if (truth === answer) return `${names[truth]} answered rightly`;
  if (answer === nothing) return `${names[truth]} missed`;
  if (truth === nothing) return `${names[answer]} answered where nothing is`;
  return `${names[truth]} taken for ${names[answer]}`;
}

// pairsOf are the mistakes, the most frequent first.
function pairsOf(counts: number[][], nothing: number): Pair[] {
  const rows = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = counts.map((_, a) => counts.reduce((sum, row) => sum + row[a]!, 0));
  return counts
    .flatMap((row, truth) => row.map((n, answer) => ({ truth, answer, count: n, of: truth === nothing ? columns[answer]! : rows[truth]! })))
    .filter((p) => p.truth !== p.answer && p.count > 0)
    .sort((a, b) => b.count - a.count || b.count / b.of - a.count / a.of);
}

function drawnOf(n: number, pairs: Pair[]): number[] {
  if (n <= mostSide) return [...Array(n).keys()];
  const chosen = new Set<number>();
  for (const p of pairs) {
    if (chosen.size >= mostSide - 1) break;
    chosen.add(p.truth).add(p.answer);
  }
  return [...chosen].sort((a, b) => a - b);
}

function Matrix({ counts, names, sides, nothing, chosen, open }: { counts: number[][]; names: string[]; sides: number[]; nothing: number; chosen?: Cell; open: (c: Cell) => void }) {
  const rows = counts.map((row) => row.reduce((a, b) => a + b, 0));
  return (
    <div style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label="Confusion matrix">
      <table style={{ borderCollapse: "collapse", fontSize: 12 }}>
        <thead>
          <tr>
            <td />
            {sides.map((a) => <th key={a} scope="col" style={{ verticalAlign: "bottom", padding: 2, fontWeight: 400 }}><span style={{ writingMode: "vertical-rl", transform: "rotate(180deg)", maxHeight: 110, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }} title={names[a]}>{names[a]}</span></th>)}
          </tr>
        </thead>
        <tbody>
          {sides.map((t) => (
            <tr key={t}>
              <th scope="row" style={{ textAlign: "right", padding: "0 6px", fontWeight: 400, maxWidth: 130, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }} title={names[t]}>{names[t]}</th>
              {sides.map((a) => {
                const n = counts[t]![a]!;
                if (!n) return <td key={a} style={{ ...square, background: "rgba(127,127,127,.08)" }} />;
                const share = n / Math.max(1, rows[t]!);
                const at = { truth: t, answer: a };
                return (
                  <td key={a} style={square}>
                    <button type="button" onClick={() => open(at)} aria-pressed={chosen?.truth === t && chosen.answer === a} aria-label={`${words(at, names, nothing)}: ${n}`} title={`${words(at, names, nothing)}: ${n}`}
                      style={{ ...press, background: t === a ? `rgba(29,129,2,${0.18 + 0.3 * share})` : `rgba(209,50,18,${0.2 + 0.4 * Math.sqrt(share)})`, outline: chosen?.truth === t && chosen.answer === a ? "2px solid currentColor" : undefined }}>
                      {n}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const square: CSSProperties = { width: 34, height: 30, padding: 0, border: "1px solid rgba(127,127,127,.25)" };
const press: CSSProperties = { width: "100%", minWidth: 34, height: 30, border: 0, color: "inherit", cursor: "pointer", font: "inherit" };

// Behind shows the test pictures of a cell.
function Behind({ report, cell, title, count: n }: { report: Report; cell: Cell; title: string; count: number }) {
  const tests = (report.tests ?? []).filter((t) => t.cells?.some(([truth, answer]) => truth === cell.truth && answer === cell.answer));
  return (
    <SpaceBetween size="s">
      <Box variant="h3">{title}: {report.task === "boxes" ? `${count(n, "box", "boxes")} on ${count(tests.length, "picture")}` : count(n, "picture")}</Box>
      {tests.length === 0 ? <Box color="text-body-secondary">The report holds no pictures of this cell: it lists the first 20,000 test pictures.</Box> : <Gallery pictures={tests.map((t) => shown(report, t))} first={18} />}
    </SpaceBetween>
  );
}

// shown is a test picture with what is true and what was answered.
export function shown(report: Report, t: Test): ShownPicture {
  const name = (label: number) => report.labels[label]!.name;
  const given = (t.answers ?? []).filter((a) => a.score >= report.labels[a.label]!.threshold);
  if (report.task === "boxes") {
    const found = new Set(given.map((a) => a.finds));
    const marks: Marked[] = [
      ...(t.boxes ?? []).map((b, i): Marked => ({ label: name(b.label), place: b.box, bad: found.has(i) ? undefined : "missed" })),
      ...given.map((a): Marked => ({ label: name(a.label), place: a.box!, score: a.score, bad: a.finds === undefined ? "wrong" : undefined })),
    ];
    return { uri: t.picture, marks, lines: <>{count(t.boxes?.length ?? 0, "true box", "true boxes")}, {count(given.length, "answer")}</> };
  }
  const best = (t.answers ?? []).slice(0, 3);
  return {
    uri: t.picture,
    lines: <>True: <b>{(t.truth ?? []).map(name).join(", ") || "nothing"}</b><br />Answered: {best.map((a) => `${name(a.label)} ${percent(a.score)}`).join(", ") || "nothing"}</>,
  };
}
