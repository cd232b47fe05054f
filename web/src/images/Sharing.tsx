import { DeleteImagePermissionsCommand, type Image, type SharedImagePermissions } from "@aws-sdk/client-appstream";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAppStream } from "../session/clients";
import { Failure } from "../shell/Failure";
import { useNotices } from "../shell/notices";
import { whyNot } from "./image";
import { useSharing } from "./queries";
import { ShareDialog, sharingChanged } from "./ShareDialog";

const allowed = (yes: boolean | undefined) => (yes ? <StatusIndicator>Allowed</StatusIndicator> : <StatusIndicator type="stopped">Not allowed</StatusIndicator>);

// Sharing lists the accounts that may use an image of one's own.
export function Sharing({ image, region }: { image: Image; region: string }) {
  const sharing = useSharing(region, image.Name ?? "", true);
  const client = useAppStream(region);
  const known = useQueryClient();
  const { fail } = useNotices();
  const [asked, setAsked] = useState<{ now?: SharedImagePermissions }>();
  const [going, setGoing] = useState<string>();
  const reason = whyNot(image, "share");

  async function unshare(account: string) {
    setGoing(account);
    try {
      await client.send(new DeleteImagePermissionsCommand({ Name: image.Name, SharedAccountId: account }));
      await sharingChanged(known, image, region);
    } catch (thrown) {
      fail("Stopping to share the image", thrown);
    } finally {
      setGoing(undefined);
    }
  }

  if (sharing.error) return <Failure of="Whom the image is shared with" thrown={sharing.error} retry={() => void sharing.refetch()} />;
  return (
    <>
      <Table
        items={sharing.data ?? []}
        loading={sharing.isPending}
        loadingText="Loading"
        trackBy="sharedAccountId"
        ariaLabels={{ tableLabel: "Shared with" }}
        wrapLines
        header={
          <Header
            variant="h2"
            counter={sharing.data && `(${sharing.data.length})`}
            description="Other accounts of this server that may use the image in this region."
            actions={<Button onClick={() => setAsked({})} disabled={!!reason} disabledReason={reason}>Share</Button>}
          >
            Shared with
          </Header>
        }
        empty="No other account may use it."
        columnDefinitions={[
          { id: "account", header: "Account", minWidth: 130, isRowHeader: true, cell: (p) => p.sharedAccountId },
          { id: "fleet", header: "Fleets", minWidth: 130, cell: (p) => allowed(p.imagePermissions?.allowFleet) },
          { id: "builder", header: "Image builders", minWidth: 150, cell: (p) => allowed(p.imagePermissions?.allowImageBuilder) },
          {
            id: "actions", header: "Actions", minWidth: 190,
            cell: (p) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="inline-link" ariaLabel={`Change what ${p.sharedAccountId} may do`} onClick={() => setAsked({ now: p })} disabled={!!reason} disabledReason={reason}>Change</Button>
                <Button variant="inline-link" ariaLabel={`Stop sharing with ${p.sharedAccountId}`} loading={going === p.sharedAccountId} onClick={() => void unshare(p.sharedAccountId!)} disabled={!!reason} disabledReason={reason}>
                  Stop sharing
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {asked && <ShareDialog image={image} region={region} now={asked.now} close={() => setAsked(undefined)} />}
    </>
  );
}
