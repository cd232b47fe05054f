import { type ProjectVersionDescription, PutProjectPolicyCommand } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRekognition } from "../session/clients";
import { useNotices } from "../shell/notices";
import { useFirstFocus } from "./firstFocus";
import { versionOf } from "./names";

// allowance is a policy that lets an account copy one version.
export const allowance = (account: string, version: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "rekognition:CopyProjectVersion", Resource: version }] }, null, 2);

// ShareVersion lets another account copy a version: a copy is always asked for by the account that gets it.
export function ShareVersion({ projectArn, version, close }: { projectArn: string; version: ProjectVersionDescription; close: () => void }) {
  const rekognition = useRekognition();
  const notices = useNotices();
  const queries = useQueryClient();
  const first = useFirstFocus<InputProps.Ref>();
  const [account, setAccount] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const arn = version.ProjectVersionArn!;
  const trouble = /^\d{12}$/.test(account) ? undefined : "An account has twelve digits.";

  async function allow() {
    setTried(true);
    if (trouble) return;
    setBusy(true);
    try {
      await rekognition.send(new PutProjectPolicyCommand({ ProjectArn: projectArn, PolicyName: `copy-${versionOf(arn)}-${account}`.slice(0, 128), PolicyDocument: allowance(account, arn) }));
      await queries.invalidateQueries({ queryKey: ["policies"] });
      setDone(true);
    } catch (thrown) {
      if ((thrown as Error).name === "ResourceAlreadyExistsException") setDone(true);
      else notices.fail("Allowing the copy", thrown);
    }
    setBusy(false);
  }

  if (done) {
    return (
      <SpaceBetween size="m">
        <Alert type="success" header={`Account ${account} may copy this version`}>
          Someone signed in there opens the project that is to get it, takes <b>Actions, Copy a model into this project</b>, and gives these two ARNs. The copy and how far it is are seen in that account alone: this one is not told. The policy is listed on the project&apos;s page, under Project policies and tags, and can be deleted any time.
        </Alert>
        {[["ARN of the source project", projectArn], ["ARN of the source version", arn]].map(([label, text]) => (
          <FormField key={label} label={label} stretch>
            <CopyToClipboard variant="inline" textToCopy={text!} copyButtonAriaLabel={`Copy the ${label}`} copySuccessText="Copied" copyErrorText="It could not be copied" />
          </FormField>
        ))}
        <div style={{ display: "flex", justifyContent: "end" }}><Button onClick={close}>Close</Button></div>
      </SpaceBetween>
    );
  }
  return (
    <form onSubmit={(e) => { e.preventDefault(); void allow(); }}>
      <SpaceBetween size="m">
        <Box variant="p">
          A copy is asked for by the account that gets it, and lies in a project and a bucket there. Allow it with a policy on this project; then that account copies when it wants to.
        </Box>
        <FormField label="Account" errorText={tried && trouble} description="Only this version is allowed. Other policies are written on the project's page, under Project policies and tags.">
          <Input ref={first} value={account} onChange={({ detail }) => setAccount(detail.value.trim())} inputMode="numeric" placeholder="444455556666" />
        </FormField>
        <div style={{ display: "flex", justifyContent: "end" }}>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} formAction="none">Cancel</Button>
            <Button variant="primary" loading={busy} onClick={allow} formAction="none">Allow</Button>
          </SpaceBetween>
        </div>
      </SpaceBetween>
    </form>
  );
}
