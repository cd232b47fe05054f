import { CreateImportedImageCommand } from "@aws-sdk/client-appstream";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAppStream } from "../session/clients";
import { useSession } from "../session/session";
import { Ask } from "../shell/Ask";
import { Command } from "./Command";
import { useFollow } from "./follow";
import { nameRule, nameWords, wordsRule, wordsWords } from "./image";
import { useExports, useImages } from "./queries";

const diskRule = /^ami-[a-z0-9]{8,17}$/;

// ImportDialog makes an image of a disk that was registered or exported. Disks have operations of Ownsight's own, which the
// command line knows; those that were exported are known from their tasks.
export function ImportDialog({ region, close }: { region: string; close: () => void }) {
  const client = useAppStream(region);
  const follow = useFollow();
  const { account } = useSession();
  const exported = useExports(region).data?.filter((t) => t.AmiId) ?? [];
  const there = useImages(region).data;
  const [disk, setDisk] = useState("");
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [description, setDescription] = useState("");
  const taken = there?.some((i) => i.Name === name && i.Arn?.includes(`:${account}:`));
  const wrong = {
    disk: disk && !diskRule.test(disk) ? "The number of a disk is ami- and 8 to 17 lower-case letters and digits." : undefined,
    name: name && !nameRule.test(name) ? nameWords : taken ? "There is an image of this name. Choose another one." : undefined,
    shown: !wordsRule.test(shown) ? wordsWords : shown.length > 100 ? "At most 100 characters." : undefined,
    description: !wordsRule.test(description) ? wordsWords : description.length > 256 ? "At most 256 characters." : undefined,
  };
  const i18nStrings = { errorIconAriaLabel: "Error" };
  return (
    <Ask
      title={<>Import an image into <span style={{ whiteSpace: "nowrap" }}>{region}</span></>}
      doing="Importing the image"
      verb="Import"
      ready={disk !== "" && name !== "" && Object.values(wrong).every((w) => !w)}
      close={close}
      act={async () => {
        await client.send(new CreateImportedImageCommand({ Name: name, SourceAmiId: disk, DisplayName: shown || undefined, Description: description || undefined }));
        follow({ region, name, verb: "Importing" });
      }}
    >
      <FormField label="Disk" description="The number of a registered disk: ami-…" errorText={wrong.disk} i18nStrings={i18nStrings}>
        <Autosuggest
          value={disk}
          onChange={({ detail }) => setDisk(detail.value.trim())}
          options={exported.map((t) => ({ value: t.AmiId, description: `exported as ${t.AmiName}` }))}
          enteredTextLabel={(text) => `Disk ${text}`}
          placeholder="ami-0123456789abcdef0"
          empty="Paste the number that was printed when the disk was registered. Disks that were exported in this region are listed here."
          clearAriaLabel="Clear"
          expandToViewport
        />
      </FormField>
      <ExpandableSection headerText="How do I get a disk's number?">
        <p style={{ marginTop: 0 }}>The command line checks a disk file (qcow2, VHD or raw), sends it and prints the number:</p>
        <Command of="image register win.qcow2 --platform WINDOWS_SERVER_2022" region={region} />
        <p>Disks that are registered already are listed by:</p>
        <Command of="image disks" region={region} />
      </ExpandableSection>
      <FormField label="Name" errorText={wrong.name} i18nStrings={i18nStrings}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
      </FormField>
      <FormField label={<>Display name <i>- optional</i></>} errorText={wrong.shown} i18nStrings={i18nStrings}>
        <Input value={shown} onChange={({ detail }) => setShown(detail.value)} />
      </FormField>
      <FormField label={<>Description <i>- optional</i></>} errorText={wrong.description} i18nStrings={i18nStrings}>
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </Ask>
  );
}
