import { CreateExportImageTaskCommand, type Image } from "@aws-sdk/client-appstream";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAppStream } from "../session/clients";
import { useSession } from "../session/session";
import { Ask } from "../shell/Ask";
import { bucketOf } from "./disk";
import { useFollowExport } from "./exported";

const diskNameRule = /^[a-zA-Z0-9().\-/_]{3,128}$/;

// ExportDialog writes the disk of an image to S3, where it gets a number.
export function ExportDialog({ image, region, close }: { image: Image; region: string; close: () => void }) {
  const client = useAppStream(region);
  const { account } = useSession();
  const follow = useFollowExport();
  const [name, setName] = useState(image.Name ?? "");
  const [description, setDescription] = useState("");
  const i18nStrings = { errorIconAriaLabel: "Error" };
  const wrong = diskNameRule.test(name) ? undefined : "3 to 128 letters, digits and ( ) . - / _";
  return (
    <Ask
      title={`Export ${image.Name}`}
      doing="Exporting the image"
      verb="Export"
      ready={!wrong && description.length <= 256}
      close={close}
      act={async () => {
        // AWS demands a role of the account; the disk is written with the rights of whoever asks.
        const { ExportImageTask } = await client.send(new CreateExportImageTaskCommand({
          ImageName: image.Name, AmiName: name, AmiDescription: description || undefined, IamRoleArn: `arn:aws:iam::${account}:role/console`,
        }));
        follow(ExportImageTask!, region);
      }}
    >
      <FormField
        label="Name of the disk"
        description={`The file is written to the bucket ${bucketOf(account, region)}, as it was imported, and gets a number: ami-…`}
        errorText={wrong}
        i18nStrings={i18nStrings}
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
      </FormField>
      <FormField label={<>Description <i>- optional</i></>} errorText={description.length > 256 ? "At most 256 characters." : undefined} i18nStrings={i18nStrings}>
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </Ask>
  );
}
