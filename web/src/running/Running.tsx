import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Cards from "@cloudscape-design/components/cards";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useCollection } from "@cloudscape-design/collection-hooks";
import { useMemo } from "react";
import { useNavigate } from "react-router-dom";
import { State } from "../projects/states";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { isRunning, type Version } from "../versions/version";
import { count } from "../versions/words";
import { Actions } from "./Actions";
import { keyOf } from "./cloudwatch";
import { type Figures, useFigures } from "./figures";
import { inService, Model, rate } from "./Model";
import { useModels } from "./models";
import { dollars, price, useUnitHours } from "./savings";

const nameOf = (v: Version) => ({ project: v.project, version: v.name });
const few = 8; // up to so many need neither a filter nor pages

export default function Running() {
  usePage([{ text: "Running models", href: "/running" }]);
  const navigate = useNavigate();
  const models = useModels();
  const list = useMemo(() => models.data ?? [], [models.data]);
  const figures = useFigures(list.map(nameOf));
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection(list, {
    filtering: { fields: ["project", "name"], noMatch: "No model has this in its name." },
    pagination: { pageSize: 20 },
    selection: { keepSelection: true, trackBy: "ProjectVersionArn" },
  });
  // What is selected is shown as it is now.
  const selected = list.filter((v) => collectionProps.selectedItems?.some((s) => s.ProjectVersionArn === v.ProjectVersionArn));
  const figuresOf = (v: Version) => figures.data?.get(keyOf(nameOf(v)));
  if (models.error && !models.data) return <Failure of="Running models" thrown={models.error} retry={() => void models.refetch()} />;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="The models that answer requests now, and those that did in the last three hours.">Running models</Header>
      {figures.error && !figures.data && <Failure of="Figures" thrown={figures.error} retry={() => void figures.refetch()} />}
      <Together models={list} figuresOf={figuresOf} />
      <Cards
        {...collectionProps}
        items={items}
        trackBy="ProjectVersionArn"
        selectionType="multi"
        stickyHeader
        loading={models.isPending}
        loadingText="Looking for running models"
        ariaLabels={{ itemSelectionLabel: (_, v) => keyOf(nameOf(v)), selectionGroupLabel: "Models" }}
        header={list.length > 0 && <Header variant="h2" counter={selected.length > 0 ? `(${selected.length}/${list.length})` : `(${list.length})`} actions={<Actions selected={selected} />}>Models</Header>}
        cardsPerRow={[{ cards: 1 }, { minWidth: 1000, cards: 2 }]}
        filter={list.length > few ? <TextFilter {...filterProps} filteringPlaceholder="Find a model" filteringAriaLabel="Find a model" countText={`${filteredItemsCount} found`} /> : undefined}
        pagination={list.length > few ? <Pagination {...paginationProps} ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (n) => `Page ${n}` }} /> : undefined}
        cardDefinition={{
          header: (v) => <CardHeader version={v} open={(path) => navigate(path)} />,
          sections: [{ id: "figures", content: (v) => <Model version={v} figures={figuresOf(v)} /> }],
        }}
        empty={
          <Box textAlign="center" padding={{ vertical: "l" }}>
            <SpaceBetween size="m">
              <div>
                <b>No model is running</b>
                <Box variant="p" color="text-body-secondary">Start a trained model from its page. Starting takes less than a second here.</Box>
              </div>
              <Button onClick={() => navigate("/projects")}>To the projects</Button>
            </SpaceBetween>
          </Box>
        }
      />
    </SpaceBetween>
  );
}

// CardHeader names a model and says whether it runs.
function CardHeader({ version: v, open }: { version: Version; open: (path: string) => void }) {
  const path = `/projects/${encodeURIComponent(v.project)}/versions/${encodeURIComponent(v.name)}`;
  return (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <Link fontSize="heading-m" href={`/console${path}`} onFollow={(e) => { e.preventDefault(); open(path); }}>{v.project} / {v.name}</Link>
      <Box fontSize="body-m" fontWeight="normal" display="inline"><State of={v.Status} /></Box>
    </SpaceBetween>
  );
}

// Together is what all models do, and what one saves with them.
function Together({ models, figuresOf }: { models: Version[]; figuresOf: (v: Version) => Figures | undefined }) {
  const hours = useUnitHours();
  const sum = (of: (v: Version) => number) => models.map(of).reduce((a, b) => a + b, 0);
  const units = sum((v) => inService(v, figuresOf(v)));
  const running = sum((v) => (isRunning(v) ? 1 : 0));
  return (
    <Container>
      <SpaceBetween size="s">
        <KeyValuePairs
          columns={4}
          items={[
            { label: "Running", value: `${count(running, "model")}, ${count(units, "unit")}` },
            { label: "Requests", value: `${rate(sum((v) => figuresOf(v)?.perSecond ?? 0))}, ${sum((v) => figuresOf(v)?.refused ?? 0).toLocaleString("en")} refused in the last hour` },
            { label: "Saving now", value: `${dollars(units * price)} an hour` },
            { label: "Saved in 14 days", value: hours.data === undefined ? "-" : dollars(hours.data * price) },
          ]}
        />
        <Box variant="small" color="text-body-secondary">
          Savings are the inference units in service, idle or not, times {dollars(price)} an hour, which is what AWS asks for one
          {hours.data === undefined ? "" : `: ${hours.data.toLocaleString("en", { maximumFractionDigits: hours.data < 10 ? 2 : 1 })} unit-hours in the last 14 days, in this region`}. Each minute in which a unit was in service counts as one. Models that were deleted since are not counted.
        </Box>
      </SpaceBetween>
    </Container>
  );
}
