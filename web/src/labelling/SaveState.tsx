import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useSyncExternalStore } from "react";
import { counted } from "../datasets/amounts";
import { useHolder } from "../session/session";
import type { Outbox, Saving } from "./outbox";

function useSaving(outbox: Outbox): Saving {
  return useSyncExternalStore(outbox.subscribe, () => outbox.state);
}

// SaveState says what of one's work the server has.
export function SaveState({ outbox }: { outbox: Outbox }) {
  const { kind, unsaved, trouble } = useSaving(outbox);
  const { end } = useHolder();
  useEffect(() => {
    if (kind === "signedOut") end(`${trouble?.text ?? ""} ${counted(unsaved, "picture")} not saved yet ${unsaved === 1 ? "is" : "are"} kept in this browser: sign in and open this page again to save.`);
  }, [kind, trouble, unsaved, end]);
  const type = kind === "unreachable" || kind === "busy" ? "warning" : kind === "saved" ? "success" : kind === "refused" || kind === "signedOut" ? "error" : kind === "saving" ? "in-progress" : "pending";
  const text = {
    saved: "All saved",
    waiting: `${unsaved} to save`,
    saving: unsaved > 0 ? `Saving ${unsaved}` : "Saving",
    busy: `The dataset is busy: ${unsaved} kept here, trying again`,
    unreachable: `The server does not answer: ${unsaved} kept here, trying again`,
    signedOut: `Signed out: ${unsaved} kept here`,
    refused: "Not all could be saved",
  }[kind];
  return <span className="labelling-saving" role="status"><StatusIndicator type={type}>{text}</StatusIndicator></span>;
}

// Refused shows what the server would not take, with what can be done about it.
export function Refused({ outbox, reload }: { outbox: Outbox; reload: () => void }) {
  const { refused, trouble } = useSaving(outbox);
  if (refused === 0) return null;
  return (
    <Alert
      type="error" header={`${counted(refused, "picture")} could not be saved`}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => outbox.again()}>Try again</Button>
          <Button onClick={() => { outbox.forget(); reload(); }}>Give up these changes</Button>
        </SpaceBetween>
      }
    >
      {trouble?.text} {trouble?.remedy}
    </Alert>
  );
}
