import { CreateProjectCommand } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router-dom";
import { useRekognition } from "../session/clients";
import { useHolder } from "../session/session";
import { troubleOf } from "../session/remedy";
import { useFirstFocus } from "./firstFocus";
import { nameRule, nameTrouble } from "./names";

export function CreateProject({ taken, close }: { taken: string[]; close: () => void }) {
  const rekognition = useRekognition();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { end } = useHolder();
  const first = useFirstFocus<InputProps.Ref>();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const trouble = nameTrouble(name, taken);

  async function submit(event?: FormEvent) {
    event?.preventDefault();
    if (trouble) {
      setRefused(trouble);
      return;
    }
    setBusy(true);
    try {
      await rekognition.send(new CreateProjectCommand({ ProjectName: name }));
      await queries.invalidateQueries({ queryKey: ["projects"] });
      navigate(`/projects/${name}`);
    } catch (thrown) {
      const t = troubleOf(thrown);
      if (t.over) end(t.over);
      setRefused(`${t.text} ${t.remedy ?? ""}`);
      setBusy(false);
    }
  }

  return (
    <Modal
      visible
      onDismiss={close}
      header="Create a project"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={() => submit()}>Create</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form onSubmit={submit}>
        <SpaceBetween size="m">
          <Box variant="p">A project holds pictures of one task, their labels, and the models that learn from them.</Box>
          <FormField label="Name" constraintText={`${nameRule} It cannot be changed later.`} errorText={name && trouble ? trouble : refused}>
            <Input ref={first} value={name} placeholder="bolts" spellcheck={false} name="projectName" onChange={({ detail }) => { setName(detail.value); setRefused(undefined); }} />
          </FormField>
        </SpaceBetween>
      </form>
    </Modal>
  );
}
