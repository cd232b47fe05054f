import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { projectOf, versionOf } from "../../projects/names";
import { useSession } from "../../session/session";
import type { Version } from "../version";

// Copying shows how much of a model has been copied, as its StatusMessage tells.
export function Copying({ version }: { version: Version }) {
  const told = /(\d+ of \d+ files), ([\d.]+) of ([\d.]+) MB/.exec(version.StatusMessage ?? "");
  const { account } = useSession();
  const source = version.SourceProjectVersionArn ?? "";
  const owner = source.split(":")[4];
  const from = `${projectOf(source)} / ${versionOf(source)}${owner === account ? "" : `, of account ${owner}`}`;
  return (
    <Container header={<Header variant="h2" description="It goes on without this page, and after a restart of the server.">Copying</Header>}>
      {told
        ? <ProgressBar label="The model is being copied" description={source && `From ${from}`} value={Math.min(99, (100 * Number(told[2])) / (Number(told[3]) || 1))} additionalInfo={`${told[1]}, ${told[2]} of ${told[3]} MB`} />
        : <StatusIndicator type="pending">Waiting for its turn</StatusIndicator>}
    </Container>
  );
}
