import type { DatasetLabelDescription } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";
import { useFirstFocus } from "../projects/firstFocus";
import { count, counted } from "./amounts";
import type { Entry } from "./entry";

export type Way = "add" | "remove" | "set";

// relabelled gives the labels that a picture has afterwards.
export function relabelled(e: Entry, way: Way, labels: string[]): string[] {
  if (way === "set") return labels;
  return way === "add" ? [...new Set([...e.labels, ...labels])] : e.labels.filter((l) => !labels.includes(l));
}

// LabelDialog changes the labels of many pictures at once.
export function LabelDialog({ entries, known, apply, close }: { entries: Entry[]; known: DatasetLabelDescription[]; apply: (way: Way, labels: string[], progress: (done: number) => void) => Promise<void>; close: () => void }) {
  const first = useFirstFocus<AutosuggestProps.Ref>();
  const [way, setWay] = useState<Way>("add");
  const [labels, setLabels] = useState<string[]>([]);
  const [text, setText] = useState("");
  const [done, setDone] = useState<number>();
  const boxed = entries.filter((e) => e.located).length;
  const theirs = [...new Set(entries.slice(0, 5000).flatMap((e) => e.labels))].sort();
  const options = way === "remove" ? theirs : [...new Set([...known.map((l) => l.LabelName!), ...theirs])];
  const all = text.trim() ? [...new Set([...labels, text.trim()])] : labels;
  const trouble = text.trim().length > 255 ? "A label has up to 255 characters." : all.length > 50 ? "A picture has up to 50 labels." : undefined;

  function take(label: string) {
    if (label.trim() && !trouble) setLabels([...new Set([...labels, label.trim()])]);
    setText("");
  }

  async function go() {
    if (trouble || (all.length === 0 && way !== "set")) return;
    setDone(0);
    await apply(way, all, setDone);
    close();
  }

  return (
    <Modal
      visible
      onDismiss={close}
      header={`Labels of ${counted(entries.length, "picture")}`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={done !== undefined} disabled={all.length === 0 && way !== "set"} onClick={go}>
              {way === "add" ? "Add" : way === "remove" ? "Remove" : all.length > 0 ? "Set" : "Remove all labels"}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {done !== undefined ? (
        <ProgressBar label="Changing the dataset" value={(100 * done) / entries.length} additionalInfo={`${count(done)} of ${count(entries.length)}`} />
      ) : (
        <SpaceBetween size="m">
          {boxed > 0 && <Alert type="info">{counted(boxed, "of these has boxes", "of these have boxes")}. A model learns from boxes alone where there are any; labels of the whole picture are ignored then.</Alert>}
          <FormField label="What to do">
            <RadioGroup
              value={way}
              onChange={({ detail }) => { setWay(detail.value as Way); setLabels([]); }}
              items={[{ value: "add", label: "Add labels" }, { value: "remove", label: "Remove labels" }, { value: "set", label: "Have exactly these labels" }]}
            />
          </FormField>
          <FormField label="Labels" errorText={trouble} description={way === "remove" ? undefined : "Choose labels or type a new one."}>
            <Autosuggest
              value={text}
              onChange={({ detail }) => setText(detail.value)}
              onSelect={({ detail }) => take(detail.value)}
              onKeyDown={({ detail }) => { if (detail.key === "Enter" && (detail.ctrlKey || (!text && labels.length > 0))) void go(); }}
              options={options.filter((o) => !labels.includes(o)).map((value) => ({ value }))}
              enteredTextLabel={(value) => `New label: ${value}`}
              empty="No labels yet: type the first"
              ariaLabel="Labels"
              ref={first}
            />
          </FormField>
          {labels.length > 0 && <TokenGroup items={labels.map((label) => ({ label, dismissLabel: `Without ${label}` }))} onDismiss={({ detail }) => setLabels(labels.filter((_, i) => i !== detail.itemIndex))} />}
        </SpaceBetween>
      )}
    </Modal>
  );
}
