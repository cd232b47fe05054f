import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { settings } from "./clients";
import { troubleOf } from "./remedy";
import { useHolder } from "./session";

export function SignIn() {
  const { begin, reason } = useHolder();
  const [key, setKey] = useState({ accessKeyId: "", secretAccessKey: "", sessionToken: "", region: "us-east-1" });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const field = (name: keyof typeof key) => ({
    value: key[name],
    onChange: ({ detail }: { detail: { value: string } }) => setKey((k) => ({ ...k, [name]: detail.value.trim() })),
  });

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!key.accessKeyId || !key.secretAccessKey || !key.region) {
      setError("The access key's id, its secret and a region are needed.");
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      const who = await new STSClient({ ...settings(key), maxAttempts: 2 }).send(new GetCallerIdentityCommand({}));
      begin({ ...key, account: who.Account ?? "", arn: who.Arn ?? "" });
    } catch (thrown) {
      const trouble = troubleOf(thrown);
      const unknown = "The server does not know this key, or the secret is another one's. Compare both with where they were printed.";
      setError(trouble.over && !/expired/.test(trouble.header) ? unknown : `${trouble.header}: ${trouble.text}`);
      setBusy(false);
    }
  }

  return (
    <main style={{ maxWidth: 560, margin: "8vh auto 4vh", padding: "0 16px" }}>
      <SpaceBetween size="l">
        <Box variant="h1">Ownsight</Box>
        {reason && <Alert type="warning" header="Signed out">{reason}</Alert>}
        <form onSubmit={submit}>
          <Form
            actions={<Button variant="primary" loading={busy} formAction="submit">Sign in</Button>}
            errorText={error}
            errorIconAriaLabel="Error"
          >
            <Container header={<Header variant="h2" description="The key stays in this tab. Every call is signed here; the secret is never sent.">Sign in with an access key</Header>}>
              <SpaceBetween size="m">
                <FormField label="Access key ID">
                  <Input {...field("accessKeyId")} autoFocus autoComplete="username" name="accessKeyId" spellcheck={false} />
                </FormField>
                <FormField label="Secret access key">
                  <Input {...field("secretAccessKey")} type="password" autoComplete="current-password" name="secretAccessKey" />
                </FormField>
                <FormField label="Region" description="Projects and images belong to a region. Leave it as it is unless somebody gave you another one; it can be changed later.">
                  <Input {...field("region")} name="region" spellcheck={false} />
                </FormField>
                <ExpandableSection headerText="Temporary key">
                  <FormField label={<>Session token <i>- optional</i></>}>
                    <Input {...field("sessionToken")} name="sessionToken" spellcheck={false} />
                  </FormField>
                </ExpandableSection>
              </SpaceBetween>
            </Container>
          </Form>
        </form>
        <ExpandableSection headerText="Where do I find a key?">
          <Box variant="p">
            The first start of the server writes an administrator&apos;s key to the file <Box variant="code">credentials</Box> in its data folder, which
            is <Box variant="code">ownsight-data</Box> where it was started, unless it was given another one. The file&apos;s
            two lines <Box variant="code">aws_access_key_id</Box> and <Box variant="code">aws_secret_access_key</Box> are what is asked for here. Whoever may
            work on that folder makes more keys: <Box variant="code">ownsight user create</Box>.
          </Box>
        </ExpandableSection>
      </SpaceBetween>
    </main>
  );
}
