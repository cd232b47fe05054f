import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Version } from "../version";

// Copying shows how much of a model has been copied, as its StatusMessage tells.
export function Copying({ version }: { version: Version }) {
  const told = /(\d+ of \d+ files), ([\d.]+) of ([\d.]+) MB/.exec(version.StatusMessage ?? "");
  const source = version.SourceProjectVersionArn;
  return (
    <Container header={<Header variant="h2" description="It goes on without this page, and after a restart of the server.">Copying</Header>}>
      {told
        ? <ProgressBar label="The model is being copied" description={source} value={(100 * Number(told[2])) / (Number(told[3]) || 1)} additionalInfo={`${told[1]}, ${told[2]} of ${told[3]} MB`} />
        : <StatusIndicator type="pending">Waiting for its turn</StatusIndicator>}
    </Container>
  );
}
