import { type Image, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-appstream";
import { useAppStream } from "../session/clients";
import { TagEditor } from "../tags/TagEditor";

// Tags are those of an image of one's own.
export function Tags({ image, region }: { image: Image; region: string }) {
  const client = useAppStream(region);
  const ResourceArn = image.Arn ?? "";
  return (
    <TagEditor
      key={ResourceArn} arn={ResourceArn} framed
      load={async () => (await client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags}
      put={(Tags) => client.send(new TagResourceCommand({ ResourceArn, Tags }))}
      remove={(TagKeys) => client.send(new UntagResourceCommand({ ResourceArn, TagKeys }))}
    />
  );
}
