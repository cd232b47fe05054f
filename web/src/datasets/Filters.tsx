import type { DatasetLabelDescription, DatasetStats } from "@aws-sdk/client-rekognition";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import { useEffect, useState } from "react";
import { count } from "./amounts";
import type { Filter } from "./listing";

// Filters chooses which entries are shown.
export function Filters({ filter, set, stats, labels }: { filter: Filter; set: (f: Filter) => void; stats?: DatasetStats; labels: DatasetLabelDescription[] }) {
  const [name, setName] = useState(filter.name);
  useEffect(() => setName(filter.name), [filter.name]);
  useEffect(() => {
    const timer = setTimeout(() => name !== filter.name && set({ ...filter, name }), 350); // once one has stopped typing
    return () => clearTimeout(timer);
  }, [name]); // eslint-disable-line -- the filter itself does not make one stop typing
  const total = stats?.TotalEntries ?? 0, labelled = stats?.LabeledEntries ?? 0;
  const states = [
    { value: "all", label: "All pictures", labelTag: count(total) }, { value: "labelled", label: "Labelled", labelTag: count(labelled) }, { value: "unlabelled", label: "Unlabelled", labelTag: count(total - labelled) },
    { value: "errors", label: "With errors", labelTag: count(stats?.ErrorEntries ?? 0) }, { value: "boxes", label: "With boxes" },
  ];
  const options = labels.map((l) => ({ value: l.LabelName!, label: l.LabelName!, labelTag: count(l.LabelStats?.EntryCount ?? 0), description: l.LabelStats?.BoundingBoxCount ? `${count(l.LabelStats.BoundingBoxCount)} boxes` : undefined }));
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 210px), 1fr))", gap: "8px 16px", alignItems: "start" }}>
      <FormField label="Show">
        <Select selectedOption={states.find((s) => s.value === filter.state) ?? null} options={states} onChange={({ detail }) => set({ ...filter, state: detail.selectedOption.value as Filter["state"] })} />
      </FormField>
      <FormField label="Label">
        <Multiselect
          selectedOptions={filter.labels.map((l) => options.find((o) => o.value === l) ?? { value: l, label: l })}
          options={options.map((o) => ({ ...o, disabled: filter.labels.length >= 10 && !filter.labels.includes(o.value) }))}
          onChange={({ detail }) => set({ ...filter, labels: detail.selectedOptions.map((o) => o.value!) })}
          filteringType="auto"
          placeholder="Any label"
          empty="No labels yet"
          tokenLimit={2}
          deselectAriaLabel={(o) => `Without ${o.label}`}
          virtualScroll={options.length > 100}
        />
      </FormField>
      <FormField label="Name contains">
        <Input type="search" value={name} onChange={({ detail }) => setName(detail.value)} placeholder="IMG_01" clearAriaLabel="Clear" />
      </FormField>
    </div>
  );
}
