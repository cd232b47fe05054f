import type { Image } from "@aws-sdk/client-appstream";
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { when } from "../projects/when";
import { Failure } from "../shell/Failure";
import { Actions } from "./Actions";
import type { Doing } from "./Dialog";
import { FirstImage } from "./FirstImage";
import { ownerOf, pageOf, platforms, visibilities } from "./image";
import { useImages } from "./queries";
import { State } from "./State";

function columns(open: (image: Image) => void): TableProps.ColumnDefinition<Image>[] {
  return [
    {
      id: "name", header: "Name", sortingField: "Name", isRowHeader: true, minWidth: 160,
      cell: (i) => (
        <div>
          <Link href={`/console${pageOf(i)}`} onFollow={(e) => { e.preventDefault(); open(i); }}>{i.Name}</Link>
          {i.DisplayName && <Box variant="small" display="block">{i.DisplayName}</Box>}
        </div>
      ),
    },
    { id: "state", header: "State", sortingField: "State", minWidth: 200, cell: (i) => <State image={i} /> },
    {
      id: "visibility", header: "Visibility", sortingField: "Visibility", minWidth: 130,
      cell: (i) => (
        <div>
          {visibilities[i.Visibility ?? ""] ?? i.Visibility}
          {i.Visibility === "SHARED" && <Box variant="small" display="block">by {ownerOf(i)}</Box>}
          {i.ImageSharedWithOthers === "TRUE" && <Box variant="small" display="block">shared with others</Box>}
        </div>
      ),
    },
    { id: "platform", header: "Platform", sortingField: "Platform", minWidth: 150, cell: (i) => platforms[i.Platform ?? ""] ?? i.Platform },
    { id: "created", header: "Created", minWidth: 180, sortingComparator: (a, b) => Number(a.CreatedTime) - Number(b.CreatedTime), cell: (i) => when(i.CreatedTime) },
  ];
}

// ImageTable lists what the account sees in a region: its own images, those that others share with it, and public ones.
export function ImageTable({ region, act }: { region: string; act: (doing: Doing) => void }) {
  const images = useImages(region);
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string>();
  const list = images.data ?? [];
  const { items, filterProps, filteredItemsCount, collectionProps, actions } = useCollection(list, {
    filtering: {
      filteringFunction: (i, text) => [i.Name, i.DisplayName, i.Description, platforms[i.Platform ?? ""], i.State].some((s) => s?.toLowerCase().includes(text.toLowerCase())),
      noMatch: (
        <SpaceBetween size="s" alignItems="center">
          <span>No image matches.</span>
          <Button onClick={() => actions.setFiltering("")}>Clear the filter</Button>
        </SpaceBetween>
      ),
    },
    sorting: {},
  });
  const image = list.find((i) => i.Arn === chosen);
  const thrown = images.error ?? (images.data ? undefined : images.failureReason);
  if (images.data?.length === 0 && !images.error) return <FirstImage region={region} act={act} />;
  return (
    <SpaceBetween size="m">
      {thrown && <Failure of="The images" thrown={thrown} retry={() => void images.refetch()} />}
      {!images.error && (
        <Table
          {...collectionProps}
          items={items}
          columnDefinitions={columns((i) => navigate(pageOf(i)))}
          trackBy="Arn"
          selectionType="single"
          selectedItems={image ? [image] : []}
          onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0]?.Arn)}
          loading={images.isPending}
          loadingText="Loading the images"
          wrapLines
          ariaLabels={{ tableLabel: "Images", selectionGroupLabel: "Choose an image", itemSelectionLabel: (_, i) => `Choose ${i.Name}` }}
          header={
            <Header
              variant="h2"
              counter={images.data ? `(${list.length})` : undefined}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Actions image={image} act={act} />
                  <Button variant="primary" onClick={() => act({ verb: "import" })}>Import image</Button>
                </SpaceBetween>
              }
            >
              In {region}
            </Header>
          }
          filter={
            <TextFilter
              {...filterProps}
              filteringPlaceholder="Find an image"
              filteringAriaLabel="Find an image"
              filteringClearAriaLabel="Clear the filter"
              countText={filterProps.filteringText ? `${filteredItemsCount} ${filteredItemsCount === 1 ? "match" : "matches"}` : undefined}
            />
          }
        />
      )}
    </SpaceBetween>
  );
}
