import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import { isRunning, type Version } from "../versions/version";
import { type Figures, shown } from "./figures";
import { dollars, price } from "./savings";
import { Spark } from "./Spark";

export const rate = (perSecond: number) => `${perSecond >= 10 ? Math.round(perSecond).toLocaleString("en") : perSecond >= 0.05 || perSecond === 0 ? perSecond.toFixed(1) : "<\u00a00.1"}\u00a0/s`;

export const lasts = (ms?: number) => (ms === undefined ? "-" : ms >= 1000 ? `${(ms / 1000).toFixed(1)}\u00a0s` : ms >= 10 ? `${Math.round(ms)}\u00a0ms` : `${ms.toFixed(1)}\u00a0ms`);

const many = (n: number) => n.toLocaleString("en");

function Figure({ name, value, note, children }: { name: string; value: ReactNode; note: ReactNode; children?: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Box variant="awsui-key-label">{name}</Box>
      <Box fontSize="heading-m">{value}</Box>
      {children}
      <Box variant="small" color="text-body-secondary">{note}</Box>
    </div>
  );
}

// units says what a model was started with: 2, or 2 to 4.
export const unitsOf = (v: Version) => (v.MaxInferenceUnits && v.MaxInferenceUnits !== v.MinInferenceUnits ? `${v.MinInferenceUnits} to ${v.MaxInferenceUnits}` : `${v.MinInferenceUnits ?? 1}`);

// inService is how many units a model has now: what was measured, or at least what it was started with.
export const inService = (v: Version, f?: Figures) => (isRunning(v) ? Math.max(f?.units ?? 0, v.MinInferenceUnits ?? 1) : 0);

// Model shows the figures of one.
export function Model({ version, figures: f }: { version: Version; figures?: Figures }) {
  const has = inService(version, f);
  const lately = `in the last ${shown} minutes`;
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(120px, 1fr))", gap: "16px 20px" }}>
      <Figure name="Requests" value={f ? rate(f.perSecond) : "-"} note={f ? `${many(f.answered + f.refused + f.errors)} ${lately}` : ""}>
        {f && <Spark values={f.minutes.requests} text={`Requests a minute, ${lately}: at most ${many(Math.max(...f.minutes.requests))}`} />}
      </Figure>
      <Figure name="Response time" value={lasts(f?.p50)} note={f?.p99 === undefined ? "nothing was answered" : `median; 99\u00a0% within ${lasts(f.p99)}`}>
        {f && <Spark gaps values={f.minutes.p50} colour="#2a9d6f" text={`Median response time by the minute, ${lately}: at most ${lasts(Math.max(...f.minutes.p50))}`} />}
      </Figure>
      <Figure name="Refused" value={f ? many(f.refused) : "-"} note={f?.errors ? `and ${many(f.errors)} ${f.errors === 1 ? "error" : "errors"}` : f?.refused ? "more was asked for than the units hold" : "requests beyond the units"}>
        {f && <Spark values={f.minutes.refused} colour="#cf4660" text={`Refusals a minute, ${lately}: ${many(f.refused)} in all`} />}
      </Figure>
      <Figure name="Inference units" value={has ? many(has) : "-"} note={<>{`started with ${unitsOf(version)}`}{has > 0 && f ? `, ${f.consumed.toFixed(2)} in use` : ""}{has > 0 && <><br />saves {dollars(has * price)} an hour</>}</>} />
    </div>
  );
}
