import { type ProjectPolicy, PutProjectPolicyCommand } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { useRekognition } from "../session/clients";
import { troubleOf } from "../session/remedy";
import { useHolder } from "../session/session";
import { allowance } from "./ShareVersion";

function documentTrouble(text: string): string | undefined {
  if (text.length > 2000) return `A policy has up to 2000 characters; this one has ${text.length}.`;
  try {
    JSON.parse(text);
    return undefined;
  } catch (thrown) {
    return `It is no JSON: ${(thrown as Error).message}`;
  }
}

export function PolicyEditor({ arn, policy, close }: { arn: string; policy?: ProjectPolicy; close: () => void }) {
  const rekognition = useRekognition();
  const { end } = useHolder();
  const [name, setName] = useState(policy?.PolicyName ?? "");
  const [text, setText] = useState(policy?.PolicyDocument ?? allowance("444455556666", "*"));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const nameTrouble = /^[a-zA-Z0-9_.-]{1,128}$/.test(name) ? undefined : "1 to 128 letters, digits, dots, hyphens and underscores.";
  const trouble = documentTrouble(text);

  async function save() {
    setTried(true);
    if (nameTrouble || trouble) return;
    setBusy(true);
    try {
      await rekognition.send(new PutProjectPolicyCommand({ ProjectArn: arn, PolicyName: name, PolicyDocument: text, PolicyRevisionId: policy?.PolicyRevisionId }));
      close();
    } catch (thrown) {
      const t = troubleOf(thrown);
      if (t.over) end(t.over);
      setRefused(`${t.header}: ${t.text} ${t.remedy ?? ""}`);
      setBusy(false);
    }
  }

  return (
    <Modal
      visible
      onDismiss={close}
      size="large"
      header={policy ? `Policy ${policy.PolicyName}` : "Add a policy"}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button variant="primary" loading={busy} onClick={save}>Save</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {refused && <Alert type="error" header="The policy was not saved">{refused}</Alert>}
        <FormField label="Name" errorText={tried && nameTrouble}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} disabled={!!policy} spellcheck={false} />
        </FormField>
        <FormField label="Document" description="The only action is rekognition:CopyProjectVersion. Resource is the ARN of a version, or * for all." constraintText={`${text.length} of 2000 characters`} errorText={trouble} stretch>
          <Textarea value={text} onChange={({ detail }) => setText(detail.value)} rows={16} spellcheck={false} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
