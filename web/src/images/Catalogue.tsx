import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { regionsWith } from "../session/regions";
import { usePage } from "../shell/Shell";
import { Dialog, type Doing } from "./Dialog";
import { ExportList } from "./ExportList";
import { ImageTable } from "./ImageTable";
import { useCounts, useExports } from "./queries";

// Catalogue is what a region has: its images, and the exports of them.
export function Catalogue({ tab }: { tab: "images" | "exports" }) {
  const { region = "" } = useParams();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  usePage([{ text: `Images in ${region}`, href: `/images/${region}` }]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Bootable disks under a name, as AppStream has them. Each belongs to one region." actions={<RegionChooser key={region} region={region} tab={tab} />}>
          Images
        </Header>
      }
    >
      <Tabs
        i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
        ariaLabel="What the region has"
        activeTabId={tab}
        onChange={({ detail }) => navigate(detail.activeTabId === "exports" ? `/images/${region}/exports` : `/images/${region}`)}
        tabs={[
          { id: "images", label: "Images", content: <ImageTable key={region} region={region} act={setDoing} /> },
          { id: "exports", label: "Exports", content: <Exports region={region} /> },
        ]}
      />
      {doing && <Dialog doing={doing} region={region} close={() => setDoing(undefined)} />}
    </ContentLayout>
  );
}

function Exports({ region }: { region: string }) {
  return <ExportList region={region} tasks={useExports(region)} />;
}

// RegionChooser says how many images each region has once somebody looks.
function RegionChooser({ region, tab }: { region: string; tab: "images" | "exports" }) {
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const there = regionsWith(region);
  const counts = useCounts(there, opened);
  const option = (r: string) => {
    const n = counts.get(r);
    return { value: r, label: r, description: n === undefined ? undefined : n === 1 ? "1 image" : n ? `${n} images` : "no images" };
  };
  return (
    <Select
      inlineLabelText="Region"
      ariaLabel="Region"
      selectedOption={{ value: region, label: region }}
      options={there.map(option)}
      onFocus={() => setOpened(true)}
      onChange={({ detail }) => navigate(`/images/${detail.selectedOption.value}${tab === "exports" ? "/exports" : ""}`)}
    />
  );
}

