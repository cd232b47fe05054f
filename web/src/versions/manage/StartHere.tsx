import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import { StartProjectVersionCommand } from "@aws-sdk/client-rekognition";
import { useState } from "react";
import { useRekognition } from "../../session/clients";
import { useNotices } from "../../shell/notices";
import { canStart, useAgain, type Version } from "../version";

// StartHere stands where a running model is needed.
export function StartHere({ version }: { version: Version }) {
  const client = useRekognition();
  const { fail } = useNotices();
  const again = useAgain();
  const [busy, setBusy] = useState(false);
  async function start() {
    setBusy(true);
    try {
      await client.send(new StartProjectVersionCommand({ ProjectVersionArn: version.ProjectVersionArn, MinInferenceUnits: version.MinInferenceUnits ?? 1 }));
      await again();
    } catch (thrown) {
      fail(`Starting ${version.name}`, thrown);
    } finally {
      setBusy(false);
    }
  }
  if (version.Status === "STARTING" || busy) return <Container><ProgressBar label="The model is starting" status="in-progress" value={50} additionalInfo="This takes a second or two." /></Container>;
  if (!canStart(version)) return <Alert type="info" header="The model cannot run now">{version.StatusMessage}</Alert>;
  return (
    <Container>
      <Box textAlign="center" padding="l">
        <Box variant="h2">The model does not run</Box>
        <Box padding={{ vertical: "s" }} color="text-body-secondary">It answers only while it runs. It starts within seconds, costs nothing while nobody asks it, and can be stopped at any time.</Box>
        <Button variant="primary" onClick={() => void start()}>Start the model</Button>
      </Box>
    </Container>
  );
}
