import type { DatasetLabelDescription, ProjectDescription } from "@aws-sdk/client-rekognition";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition } from "../session/clients";
import { Ask } from "../shell/Ask";
import { useNotices } from "../shell/notices";
import { counted } from "./amounts";
import { rename } from "./renaming";

// Relabel gives a label another name or takes it away, on all pictures of a project: a model's labels are those of both its datasets.
export function Relabel({ project, labels, done, close }: { project: ProjectDescription; labels: DatasetLabelDescription[]; done: () => void; close: () => void }) {
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const notices = useNotices();
  const [from, setFrom] = useState<string>();
  const [way, setWay] = useState<"rename" | "remove">("rename");
  const [name, setName] = useState("");
  const [doing, setDoing] = useState<string>();
  const to = name.trim();
  const trouble = to.length > 255 ? "A label has up to 255 characters." : undefined;
  const joins = way === "rename" && to !== from && labels.some((l) => l.LabelName === to);

  async function act() {
    setDoing("Reading the dataset");
    try {
      const arns = (project.Datasets ?? []).map((d) => d.DatasetArn!);
      const changed = await rename(rekognition, arns, from!, way === "rename" ? to : undefined, setDoing, { signal: new AbortController().signal });
      notices.say({ id: "relabelled", type: "success", header: way === "rename" ? `${from} is ${to} now, on ${counted(changed, "picture")}` : `${from} was removed from ${counted(changed, "picture")}` });
    } finally {
      setDoing(undefined);
      await queries.invalidateQueries();
      done();
    }
  }

  return (
    // What is under way is not to be left in the middle.
    <Ask title="Rename or remove a label" doing="Changing the label" verb={way === "rename" ? "Rename" : "Remove"} ready={!!from && (way === "remove" || (!!to && to !== from && !trouble))} act={act} close={() => !doing && close()}>
      {doing ? (
        <StatusIndicator type="in-progress" wrapText>{doing}</StatusIndicator>
      ) : (
        <>
          <FormField label="Label" description="On all pictures and boxes of the training and the test dataset.">
            <Select
              selectedOption={from ? { value: from, label: from } : null}
              onChange={({ detail }) => setFrom(detail.selectedOption.value)}
              options={labels.map((l) => ({ value: l.LabelName!, label: l.LabelName!, description: counted(l.LabelStats?.EntryCount ?? 0, "picture") }))}
              filteringType="auto"
              placeholder="Choose a label"
              empty="There are no labels yet."
            />
          </FormField>
          <FormField label="What to do">
            <RadioGroup
              value={way}
              onChange={({ detail }) => setWay(detail.value as typeof way)}
              items={[{ value: "rename", label: "Give it another name" }, { value: "remove", label: "Remove it", description: "The pictures stay. Its boxes go with it: a picture that had no others then says that nothing is on it." }]}
            />
          </FormField>
          {way === "rename" && (
            <FormField label="New name" errorText={trouble} constraintText={joins ? `There is a label ${to} already: the two become one.` : undefined}>
              <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
            </FormField>
          )}
        </>
      )}
    </Ask>
  );
}
