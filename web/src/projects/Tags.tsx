import { ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-rekognition";
import { useRekognition } from "../session/clients";
import { TagEditor } from "../tags/TagEditor";

// Tags are those of a project, a version or a dataset.
export function Tags({ arn, framed }: { arn: string; framed?: boolean }) {
  const rekognition = useRekognition();
  const ResourceArn = arn;
  return (
    <TagEditor
      key={arn} arn={arn} framed={framed}
      load={async () => (await rekognition.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags}
      put={(Tags) => rekognition.send(new TagResourceCommand({ ResourceArn, Tags }))}
      remove={(TagKeys) => rekognition.send(new UntagResourceCommand({ ResourceArn, TagKeys }))}
    />
  );
}
