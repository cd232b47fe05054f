import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { CopyProgress } from "../../projects/CopyProgress";
import { accountOf, projectOf, versionOf } from "../../projects/names";
import { useSession } from "../../session/session";
import type { Version } from "../version";

// Copying is the page of a model while it is being copied.
export function Copying({ version }: { version: Version }) {
  const { account } = useSession();
  const source = version.SourceProjectVersionArn ?? "";
  const owner = accountOf(source);
  const from = `From ${projectOf(source)} / ${versionOf(source)}${owner === account ? "" : `, of account ${owner}`}`;
  return (
    <Container header={<Header variant="h2" description="It goes on without this page, and after a restart of the server.">Copying</Header>}>
      <CopyProgress version={version} from={source && from} />
    </Container>
  );
}
