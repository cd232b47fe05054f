import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { Plot, shares } from "../../charts/Plot";
import type { Report } from "./data";
import { count, percent } from "../words";

// Calibration shows how far confidences can be believed.
export function Calibration({ report }: { report: Report }) {
  const bins = (report.reliability ?? []).filter((b) => b.answers > 0);
  if (!bins.length) return null;
  const all = bins.reduce((sum, b) => sum + b.answers, 0);
  const off = bins.reduce((sum, b) => sum + Math.abs(b.score - b.right) * b.answers, 0) / all;
  return (
    <Container header={<Header variant="h2" description={`How often answers of a confidence are right: of 100 answers with 80\u00a0%, some 80 should be.${report.task === "boxes" ? " Answers below 5\u00a0% are left out." : ""}`}>Calibration</Header>}>
      <Plot name={`Share of right answers by confidence, ${bins.length} bars`} x={shares} y={shares} xName="Confidence" yName="Right">
        {(at) => (
          <>
            <line x1={at.x(0)} y1={at.y(0)} x2={at.x(1)} y2={at.y(1)} stroke="currentColor" strokeOpacity={0.5} strokeDasharray="4 4" />
            {bins.map((b) => (
              <g key={b.low}>
                <rect x={at.x(b.low) + 1} y={at.y(b.right)} width={Math.max(1, at.x(b.high) - at.x(b.low) - 2)} height={Math.max(1, at.y(0) - at.y(b.right))} fill="#3b82d6" fillOpacity={0.35 + 0.65 * Math.sqrt(b.answers / all)}>
                  <title>{`Confidence ${percent(b.low)} to ${percent(b.high)}: ${percent(b.right)} of ${count(b.answers, "answer")} right`}</title>
                </rect>
              </g>
            ))}
          </>
        )}
      </Plot>
      <Box padding={{ top: "s" }}>On average confidences are {(off * 100).toFixed(1)} percentage points off, over {count(all, "answer")}. Pale bars stand for few of them.</Box>
    </Container>
  );
}
