import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useMemo, useState } from "react";
import { Lines } from "../../charts/Lines";
import { shares } from "../../charts/Plot";
import { useWide } from "../../charts/width";
import type { Figure, Label, Report } from "./data";
import { count, figure, percent, sure } from "../words";

const mostDrawn = 6;

// What is shown until somebody chooses: as much as the window has room for, the important first.
const narrow = ["name", "f1", "precision", "recall"];
const middle = [...narrow, "wrong", "missed", "test"];
const storageKey = "ownsight.label columns";

// useColumns gives the columns that are shown, and what chooses others; this browser remembers them.
function useColumns(all: string[]): [string[], (ids: readonly string[]) => void] {
  const [chosen, setChosen] = useState(() => localStorage.getItem(storageKey)?.split(" "));
  const wide = useWide(1500), some = useWide(700);
  const choose = (ids: readonly string[]) => {
    localStorage.setItem(storageKey, ids.join(" "));
    setChosen([...ids]);
  };
  return [chosen ?? (wide ? all : some ? middle : narrow), choose];
}

// Labels is the table of labels, and the curves of those that are chosen in it.
export function Labels({ report }: { report: Report }) {
  const boxes = report.task === "boxes";
  const [drawn, setDrawn] = useState<Label[]>(() => [...report.labels].filter((l) => l.testPictures > 0).sort((a, b) => a.f1 - b.f1).slice(0, 3));
  const many = report.labels.length > 20;
  const wide = useWide(700);
  const columns = useMemo(() => columnsOf(boxes), [boxes]);
  const [visible, choose] = useColumns(columns.map((c) => c.id!));
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(report.labels, {
    filtering: { empty: "No labels", noMatch: "No label of that name" },
    sorting: { defaultState: { sortingColumn: { sortingField: "f1" }, isDescending: false } },
    pagination: many ? { pageSize: 20 } : undefined,
  });
  return (
    <SpaceBetween size="l">
      <Table
        {...collectionProps}
        items={items}
        trackBy="name"
        contentDensity="compact"
        stickyColumns={{ first: wide ? 1 : 0 }}
        columnDefinitions={columns}
        visibleColumns={visible}
        selectionType="multi"
        selectedItems={drawn}
        onSelectionChange={({ detail }) => setDrawn(detail.selectedItems.slice(-mostDrawn))}
        ariaLabels={{ selectionGroupLabel: "Curves", itemSelectionLabel: (_, l) => `Draw the curve of ${l.name}`, allItemsSelectionLabel: () => `Draw the curves of the last ${mostDrawn}` }}
        header={<Header variant="h2" counter={`(${report.labels.length})`} description="Each at its own threshold. Choose those whose precision-recall curves are drawn below.">Per label performance</Header>}
        filter={many ? <TextFilter {...filterProps} filteringPlaceholder="Find a label" filteringAriaLabel="Find a label" countText={count(filteredItemsCount ?? 0, "label")} /> : undefined}
        preferences={
          <CollectionPreferences
            title="Columns" confirmLabel="Apply" cancelLabel="Cancel" closeAriaLabel="Close" preferences={{ visibleContent: visible }} onConfirm={({ detail }) => choose(detail.visibleContent ?? visible)}
            visibleContentPreference={{ title: "Columns to show", options: [{ label: "Of each label", options: columns.map((c) => ({ id: c.id!, label: String(c.header), editable: c.id !== "name" })) }] }}
          />
        }
        pagination={many ? <Pagination {...paginationProps} ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (n) => `Page ${n}` }} /> : undefined}
      />
      <Container header={<Header variant="h2" description="What precision costs in recall. The dot is the label's own threshold.">Precision-recall curves</Header>}>
        {drawn.length ? <Curves labels={drawn} /> : <Box color="text-body-secondary">Choose labels in the table above.</Box>}
      </Container>
    </SpaceBetween>
  );
}

function Curves({ labels }: { labels: Label[] }) {
  const there = labels.filter((l) => l.curve?.length);
  if (!there.length) return <Box color="text-body-secondary">There is no curve without test pictures.</Box>;
  return (
    <Lines
      name={`Precision-recall curves of ${there.map((l) => l.name).join(", ")}`}
      x={shares} y={shares} xName="Recall" yName="Precision"
      lines={there.map((l) => ({ name: l.name, points: l.curve!.map((c): [number, number] => [c.recall, c.precision]), mark: [l.recall.value, l.precision.value] as [number, number] }))}
    />
  );
}

function Measured({ f }: { f: Figure }) {
  return <>{figure(f.value)}{f.interval && <Box fontSize="body-s" color="text-body-secondary">{sure(f.interval)}</Box>}</>;
}

function columnsOf(boxes: boolean): TableProps.ColumnDefinition<Label>[] {
  const by = (f: (l: Label) => number) => (a: Label, b: Label) => f(a) - f(b);
  return [
    { id: "name", header: "Label", cell: (l) => l.name, sortingField: "name", isRowHeader: true, minWidth: 120 },
    { id: "f1", header: "F1 score", cell: (l) => figure(l.f1), sortingField: "f1" },
    { id: "precision", header: "Precision", cell: (l) => <Measured f={l.precision} />, sortingComparator: by((l) => l.precision.value) },
    { id: "recall", header: "Recall", cell: (l) => <Measured f={l.recall} />, sortingComparator: by((l) => l.recall.value) },
    { id: "ap", header: "Average precision", cell: (l) => figure(l.averagePrecision), sortingField: "averagePrecision" },
    { id: "threshold", header: "Threshold", cell: (l) => percent(l.threshold), sortingField: "threshold" },
    { id: "right", header: "Right", cell: (l) => l.truePositives, sortingField: "truePositives" },
    { id: "wrong", header: "Wrong", cell: (l) => l.falsePositives, sortingField: "falsePositives" },
    { id: "missed", header: "Missed", cell: (l) => l.falseNegatives, sortingField: "falseNegatives" },
    { id: "test", header: boxes ? "Test boxes (pictures)" : "Test pictures", cell: (l) => (boxes ? `${l.testBoxes} (${l.testPictures})` : l.testPictures), sortingField: "testPictures" },
    { id: "training", header: "Training pictures", cell: (l) => l.trainingPictures, sortingField: "trainingPictures" },
  ];
}
