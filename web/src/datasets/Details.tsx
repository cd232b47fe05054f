import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect } from "react";
import { Boxes } from "../pictures/Boxes";
import { Thumbnail } from "../pictures/Thumbnail";
import { type Entry, uriOf } from "./entry";
import { faultsOf } from "./faults";
import { nameOf } from "./listing";

// Details shows one entry, large, with what is wrong with it.
export function Details({ entry, step, label, close }: { entry: Entry; step: (by: 1 | -1) => void; label: () => void; close: () => void }) {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") step(event.key === "ArrowLeft" ? -1 : 1);
      else if (event.key === "l" || event.key === "L") label();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [step, label]);
  const faults = faultsOf(entry);
  const labels = entry.labels.join(", ") || (entry.located ? "" : "None yet");
  return (
    <Modal
      visible
      size="large"
      onDismiss={close}
      closeAriaLabel="Close"
      header={nameOf(entry)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="angle-left" ariaLabel="Previous picture" onClick={() => step(-1)} />
            <Button iconName="angle-right" ariaLabel="Next picture" onClick={() => step(1)} />
            <Button variant="primary" iconName="edit" onClick={label}>Label</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {faults.map((f) => <Alert key={f.code + f.text} type="error" header={f.text}>{f.remedy} <Box variant="small" display="block">{f.code}</Box></Alert>)}
        <div style={{ height: "min(56vh, 620px)" }}>
          <Thumbnail picture={entry.ref} side={1280} style={{ width: "100%", height: "100%" }} over={(size) => <Boxes boxes={entry.boxes} size={entry.size ?? size} />} />
        </div>
        <KeyValuePairs
          columns={3}
          items={[
            { label: "Labels", value: labels || "-" },
            { label: "Boxes", value: entry.located ? (entry.boxes.length > 0 ? String(entry.boxes.length) : "No objects to be found") : "-" },
            { label: "Address", value: <CopyToClipboard variant="inline" textToCopy={uriOf(entry.ref)} copyButtonAriaLabel="Copy the address" copySuccessText="Copied" copyErrorText="It could not be copied" /> },
          ]}
        />
        <ExpandableSection headerText="Line of the manifest">
          <pre style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", fontSize: 12, margin: 0 }}>{JSON.stringify(entry.source, null, 2)}</pre>
        </ExpandableSection>
      </SpaceBetween>
    </Modal>
  );
}
