import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { type Trouble, troubleOf } from "../session/remedy";
import { useNotices } from "./notices";

// Ask is a dialog that asks before it acts, or for what an action needs. What went wrong is said in the dialog: nothing that was
// typed is lost. What cannot be undone may ask for a word.
export function Ask({ title, doing, verb, ready = true, word, children, act, close }: {
  title: ReactNode;
  doing: string; // for the message of a failure, such as "Copying the image"
  verb: string; // on the button
  ready?: boolean;
  word?: string;
  children: ReactNode;
  act: () => Promise<unknown>;
  close: () => void;
}) {
  const { fail } = useNotices();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => begin(form.current), 60);
    return () => clearTimeout(timer);
  }, []);
  const may = ready && (!word || typed.trim().toLowerCase() === word);
  async function submit() {
    if (!may || busy) return;
    setBusy(true);
    setTrouble(undefined);
    try {
      await act();
      close();
    } catch (thrown) {
      const what = troubleOf(thrown);
      if (what.over) fail(doing, thrown);
      else setTrouble(what);
      setBusy(false);
    }
  }
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} disabled={!may} onClick={() => void submit()}>{verb}</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form ref={form} onSubmit={(e) => { e.preventDefault(); void submit(); }}>
        <Form errorText={trouble && `${doing}: ${trouble.header.toLowerCase()}. ${trouble.text}${trouble.remedy ? ` ${trouble.remedy}` : ""}`} errorIconAriaLabel="Error">
          <SpaceBetween size="m">
            {children}
            {word && (
              <FormField label={<>To confirm, type <b>{word}</b></>}>
                <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} autoComplete={false} spellcheck={false} />
              </FormField>
            )}
          </SpaceBetween>
        </Form>
        {/* so that Enter in a field does what the button below does */}
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

// begin goes to the first field. A dialog itself begins with its button to close, after which the field takes over; a field that
// would open a list over the dialog does not.
function begin(form: HTMLFormElement | null) {
  const field = form?.querySelector<HTMLInputElement>("input:not([hidden], [type=checkbox], [type=radio])");
  if (field?.role !== "combobox") field?.focus();
}
