import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useSession } from "../../session/session";
import { isRunning, type Version } from "../version";
import { environment, lifecycle, snippets } from "./snippets";

const storageKey = "ownsight.language";

// Code shows how programs ask this model: the AWS SDKs, pointed at this server.
export function Code({ version }: { version: Version }) {
  const { region } = useSession();
  const endpoint = window.location.origin;
  const arn = version.ProjectVersionArn;
  const all = snippets({ endpoint, region, arn });
  const [language, setLanguage] = useState(() => localStorage.getItem(storageKey) ?? "python");
  return (
    <SpaceBetween size="l">
      {!isRunning(version) && <Alert type="info">The model does not run now: these programs are answered ResourceNotReadyException until it is started.</Alert>}
      <Container header={<Header variant="h2" description="Every AWS SDK works, and the AWS CLI: only the endpoint is another one.">Use your model</Header>}>
        <SpaceBetween size="l">
          <KeyValuePairs columns={2} minColumnWidth={220} items={[{ label: "Endpoint", value: <Copied text={endpoint} what="the endpoint" /> }, { label: "Region", value: <Copied text={region} what="the region" /> }]} />
          <KeyValuePairs columns={1} items={[{ label: "ARN of the model", value: <Copied text={arn} what="the ARN" /> }]} />
          <div>
            <Box padding={{ bottom: "xs" }}>Access keys come from the environment, as everywhere with AWS:</Box>
            <Block text={environment} />
          </div>
          <Tabs
            i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
            ariaLabel="Languages"
            activeTabId={all.some((s) => s.id === language) ? language : "python"}
            onChange={({ detail }) => { setLanguage(detail.activeTabId); localStorage.setItem(storageKey, detail.activeTabId); }}
            tabs={all.map((s) => ({
              id: s.id, label: s.label,
              content: (
                <SpaceBetween size="s">
                  <Block text={s.setup} />
                  <Box variant="awsui-key-label">{s.file}</Box>
                  <Block text={s.text} />
                </SpaceBetween>
              ),
            }))}
          />
          <Box color="text-body-secondary">With MinConfidence (0 to 100) every label is answered from that confidence on; without it, each from its own threshold. Pictures in S3 of up to 15 MB are named by Image.S3Object instead of Bytes.</Box>
          <ExpandableSection headerText="Start and stop the model from a program"><Block text={lifecycle({ endpoint, region, arn }, version.projectArn, version.name)} /></ExpandableSection>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return <span style={{ overflowWrap: "anywhere" }}><CopyToClipboard variant="inline" textToCopy={text} copyButtonAriaLabel={`Copy ${what}`} copySuccessText="Copied" copyErrorText="Not copied" /></span>;
}

// Block is text to copy.
export function Block({ text }: { text: string }) {
  return (
    <div style={{ position: "relative", borderRadius: 8, background: "rgba(127,127,127,.12)" }}>
      <pre tabIndex={0} style={{ margin: 0, padding: "12px 48px 12px 14px", overflowX: "auto", fontSize: 13, lineHeight: 1.5, fontFamily: "ui-monospace, Menlo, Consolas, monospace" }}>{text.trimEnd()}</pre>
      <div style={{ position: "absolute", top: 6, right: 6 }}><CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel="Copy the code" copySuccessText="Copied" copyErrorText="Not copied" /></div>
    </div>
  );
}
