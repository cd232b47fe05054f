import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Problem } from "./problem";

// ProblemList shows what could not be used, with file, line and remedy.
export function ProblemList({ title, problems, untold = 0 }: { title: string; problems: Problem[]; untold?: number }) {
  const [all, setAll] = useState(false);
  if (problems.length === 0) return null;
  const count = problems.length + untold;
  return (
    <ExpandableSection headerText={`${title} (${count.toLocaleString("en")})`} defaultExpanded={count <= 20} headingTagOverride="h3">
      <Table
        variant="embedded"
        contentDensity="compact"
        wrapLines
        items={all ? problems : problems.slice(0, 20)}
        columnDefinitions={[
          { id: "file", header: "File", cell: (p) => <span style={{ overflowWrap: "anywhere" }}>{p.line ? `${p.file}, line ${p.line}` : p.file}</span>, minWidth: 140 },
          { id: "text", header: "What is wrong", cell: (p) => p.text, minWidth: 160 },
          { id: "remedy", header: "What to do", cell: (p) => p.remedy ?? "-", minWidth: 140 },
        ]}
        footer={
          count > 20 && (
            <Box textAlign="center">
              {!all ? <a href="#all" onClick={(e) => { e.preventDefault(); setAll(true); }}>Show {problems.length.toLocaleString("en")}</a> : untold > 0 && `and ${untold.toLocaleString("en")} more`}
            </Box>
          )
        }
        ariaLabels={{ tableLabel: title }}
      />
    </ExpandableSection>
  );
}
