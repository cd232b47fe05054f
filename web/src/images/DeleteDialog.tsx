import { DeleteImageCommand, type Image } from "@aws-sdk/client-appstream";
import Box from "@cloudscape-design/components/box";
import { useQueryClient } from "@tanstack/react-query";
import { useAppStream } from "../session/clients";
import { useNotices } from "../shell/notices";
import { Ask } from "../shell/Ask";

export function DeleteDialog({ image, region, close, gone }: { image: Image; region: string; close: () => void; gone?: () => void }) {
  const client = useAppStream(region);
  const known = useQueryClient();
  const { say } = useNotices();
  return (
    <Ask
      title={`Delete ${image.Name}`}
      doing="Deleting the image"
      verb="Delete"
      close={close}
      act={async () => {
        await client.send(new DeleteImageCommand({ Name: image.Name }));
        known.setQueriesData<Image[]>({ queryKey: ["images", region] }, (list) => list?.filter((i) => i.Arn !== image.Arn));
        say({ id: `delete ${image.Arn}`, type: "success", header: `${image.Name} was deleted from ${region}` });
        gone?.();
      }}
    >
      <Box>
        The image <b>{image.Name}</b> and its disk are removed from {region} for good. Copies in other regions, and disks that were exported, stay.
      </Box>
    </Ask>
  );
}
