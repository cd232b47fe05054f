import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { figure } from "../words";
import type { Live } from "./live";

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

// lower says of which measures less is better.
const lower = (measure: string) => /loss/i.test(measure);

// Tried lists candidates with how they did on held-out pictures, the best value of each measure in bold.
export function Tried({ live }: { live: Live }) {
  const list = live.candidates ?? [], measures = live.measures ?? [];
  if (!list.length) return null;
  const best = measures.map((m, i) => {
    const values = list.map((c) => c.values[i]).filter((v): v is number => typeof v === "number");
    return lower(m) ? Math.min(...values) : Math.max(...values);
  });
  return (
    <Table
      header={<Header variant="h2" counter={`(${list.length})`} description="Each is judged by training pictures that were held out. One of them, or a mixture, becomes the model.">Tried so far</Header>}
      items={list}
      trackBy="name"
      variant="container"
      wrapLines
      columnDefinitions={[
        { id: "name", header: "Candidate", isRowHeader: true, cell: (c) => capital(c.name), minWidth: 180 },
        ...measures.map((m, i) => ({
          id: m, header: m, width: 150,
          cell: (c: (typeof list)[number]) => {
            const v = c.values[i];
            if (typeof v !== "number") return "–";
            return list.length > 1 && v === best[i] ? <Box variant="strong">{figure(v)}</Box> : figure(v);
          },
        })),
      ]}
    />
  );
}
