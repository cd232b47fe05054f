import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMemo, useState } from "react";
import { shown } from "./Confusion";
import type { Report } from "./data";
import { isAllRight } from "./judge";
import { Gallery } from "./Shown";

// Results shows every test picture with what is true and what was answered. Its pictures are read once it is opened.
export function Results({ report }: { report: Report }) {
  const [open, setOpen] = useState(false);
  const [which, setWhich] = useState("all");
  const tests = useMemo(() => (report.tests ?? []).map((test) => ({ test, right: isAllRight(report, test) })), [report]);
  if (tests.length === 0) return null;
  const right = tests.filter((t) => t.right).length;
  return (
    <ExpandableSection
      variant="container" headerText="View test results" headerCounter={`(${tests.length.toLocaleString("en")})`} headerDescription="Every test picture, with what is true and what was answered."
      expanded={open} onChange={({ detail }) => setOpen(detail.expanded)}
    >
      {open && (
        <SpaceBetween size="m">
          <SegmentedControl
            label="Test pictures to show" selectedId={which} onChange={({ detail }) => setWhich(detail.selectedId)}
            options={[{ id: "all", text: "All" }, { id: "right", text: `All right (${right.toLocaleString("en")})` }, { id: "wrong", text: `With mistakes (${(tests.length - right).toLocaleString("en")})` }]}
          />
          <Gallery
            key={which}
            pictures={tests.filter((t) => which === "all" || t.right === (which === "right")).map((t) => {
              const picture = shown(report, t.test);
              return { ...picture, lines: <><StatusIndicator type={t.right ? "success" : "error"}>{t.right ? "Right" : "Mistaken"}</StatusIndicator><br />{picture.lines}</> };
            })}
          />
        </SpaceBetween>
      )}
    </ExpandableSection>
  );
}
