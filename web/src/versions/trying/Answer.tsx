import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode } from "react";
import { Boxes, colourOf } from "../../pictures/Boxes";
import { troubleOf } from "../../session/remedy";
import { drawn, type Least, reaches, type Said } from "./answer";
import type { Prepared } from "./prepare";

export interface Tried {
  id: number;
  name: string;
  prepared?: Prepared;
  said?: Said[];
  took?: number; // milliseconds
  thrown?: unknown;
}

// Answer is a picture with what the model says of it.
export function Answer({ tried, least, again, remove }: { tried: Tried; least: Least; again: () => void; remove: () => void }) {
  const { prepared, said, took, thrown, name } = tried;
  return (
    <Container header={<Header variant="h3" actions={<Button iconName="close" variant="icon" ariaLabel={`Remove ${name}`} onClick={remove} />} description={took === undefined ? undefined : `Answered in ${Math.round(took)} ms`}><span style={{ overflowWrap: "anywhere" }}>{name}</span></Header>}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: 20 }}>
        {prepared && (
          <Framed size={prepared} over={said && <Boxes boxes={drawn(said.filter((s) => reaches(s, least)), prepared)} size={prepared} />}>
            <img src={prepared.url} alt={name} style={{ display: "block", width: "100%", height: "100%" }} />
          </Framed>
        )}
        <div style={{ flex: "1 1 240px", minWidth: 0 }} aria-live="polite">
          {thrown ? <Trouble thrown={thrown} again={again} /> : said ? <Labels said={said} least={least} /> : <><Spinner /> Asking the model</>}
          {prepared?.note && <Box padding={{ top: "s" }} color="text-body-secondary" fontSize="body-s">{prepared.note}</Box>}
        </div>
      </div>
    </Container>
  );
}

// Framed gives a picture its place, with something drawn over it.
export function Framed({ size, over, children }: { size: { width: number; height: number }; over?: ReactNode; children: ReactNode }) {
  const ratio = size.width / size.height;
  return <div style={{ position: "relative", flex: "2 1 300px", maxWidth: `min(100%, ${Math.round(440 * ratio)}px)`, minWidth: 0, aspectRatio: `${size.width} / ${size.height}`, alignSelf: "flex-start" }}>{children}{over}</div>;
}

function Trouble({ thrown, again }: { thrown: unknown; again: () => void }) {
  const t = troubleOf(thrown);
  return <Alert type="error" header={t.header} action={<Button onClick={again}>Try again</Button>}>{t.text} {t.remedy}</Alert>;
}

const mostShown = 40;

// Labels lists what is answered, and below it what is less sure.
export function Labels({ said, least }: { said: Said[]; least: Least }) {
  const given = said.filter((s) => reaches(s, least));
  const rest = said.filter((s) => !reaches(s, least) && !s.place && s.confidence >= 1).slice(0, 3);
  return (
    <>
      {given.length === 0 && <Box padding={{ bottom: "xs" }}>Nothing reaches the minimum confidence{said[0] ? `: the surest is ${said[0].label} with ${said[0].confidence.toFixed(1)}\u00a0%` : ""}.</Box>}
      <Bars list={given.slice(0, mostShown)} />
      {given.length > mostShown && <Box color="text-body-secondary">and {given.length - mostShown} more</Box>}
      {rest.length > 0 && <div style={{ opacity: 0.65, marginTop: 8 }}><Box fontSize="body-s">Less sure</Box><Bars list={rest} /></div>}
    </>
  );
}

function Bars({ list }: { list: Said[] }) {
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
      {list.map((s, i) => (
        <li key={i} style={{ margin: "0 0 6px" }}>
          <div style={{ display: "flex", justifyContent: "space-between", gap: 10 }}><b style={{ overflowWrap: "anywhere" }}>{s.label}</b><span style={{ whiteSpace: "nowrap" }}>{s.confidence.toFixed(1)}&nbsp;%</span></div>
          <div aria-hidden style={{ height: 5, borderRadius: 3, background: "rgba(127,127,127,.2)" }}><div style={{ width: `${s.confidence}%`, height: 5, borderRadius: 3, background: s.place ? colourOf(s.label) : "#3b82d6" }} /></div>
        </li>
      ))}
    </ul>
  );
}
