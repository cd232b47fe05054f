import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { LossLines } from "../LossLines";
import type { Report } from "./data";
import { count, figure, lasting } from "../words";

// Chosen tells how the model came about: what was tried, what was taken and why, losses, times, digests.
export function Chosen({ report }: { report: Report }) {
  const { search, losses, method, model } = report;
  const candidates = search.candidates ?? [];
  return (
    <Container header={<Header variant="h2" description="Candidates are judged on training pictures that they have not seen. The test pictures choose nothing.">How it was chosen</Header>}>
      <SpaceBetween size="l">
        {search.why ? <Box>{search.why}</Box> : null}
        {candidates.length > 0 && (
          <Table
            variant="embedded"
            items={candidates}
            wrapLines
            ariaLabels={{ tableLabel: "Candidates" }}
            columnDefinitions={[
              { id: "name", header: "Candidate", isRowHeader: true, minWidth: 170, cell: (c) => (c.chosen ? <b>{c.name} (chosen)</b> : c.name) },
              ...(search.measures ?? []).map((m, i) => ({ id: m, header: m, cell: (c: (typeof candidates)[number]) => (c.values[i] == null ? "–" : c.values[i]!.toFixed(4)) })),
              { id: "pictures", header: "Judged on", cell: (c) => (c.pictures ? count(c.pictures, "picture") : "–") },
            ]}
          />
        )}
        {losses?.length ? <LossLines losses={losses} /> : null}
        <ExpandableSection headerText="Times, digests and settings">
          <KeyValuePairs
            columns={2}
            items={[
              ...(method.steps ?? []).map((s) => ({ label: `Time for ${s.name}`, value: lasting(s.took) })),
              { label: "All in all", value: lasting(method.took) },
              { label: "Program", value: model.program },
              { label: "Pretrained network", value: model.network },
              { label: "Seed", value: String(method.seed) },
              ...(report.foretold ? [{ label: "F1 score on held-out training pictures", value: `${figure(report.foretold.f1)}, ${count(report.foretold.pictures, "picture")}` }] : []),
              ...(method.further ?? []).map((f) => ({ label: f.name, value: f.value })),
              ...(method.digests ?? []).map((f) => ({ label: `SHA-256 of the ${f.name}`, value: <Box variant="code"><span style={{ overflowWrap: "anywhere" }}>{f.value}</span></Box> })),
            ]}
          />
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}
