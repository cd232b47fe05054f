import { CopyImageCommand, type Image } from "@aws-sdk/client-appstream";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useAppStream } from "../session/clients";
import { regionsWith } from "../session/regions";
import { Ask } from "../shell/Ask";
import { useFollow } from "./follow";
import { nameRule, nameWords, ownerOf } from "./image";
import { useImages } from "./queries";

// CopyDialog makes a copy in another region, or in the same one under another name.
export function CopyDialog({ image, region, close }: { image: Image; region: string; close: () => void }) {
  const client = useAppStream(region);
  const follow = useFollow();
  const others = regionsWith(region);
  const [to, setTo] = useState(others.find((r) => r !== region)!);
  const [name, setName] = useState(image.Name ?? "");
  const [description, setDescription] = useState(image.Description ?? "");
  const there = useImages(to).data;
  const taken = there?.some((i) => i.Name === name && ownerOf(i) === ownerOf(image));
  const wrong = name === "" ? "Give the copy a name." : !nameRule.test(name) ? nameWords : taken ? `There is an image of this name in ${to}. Choose another name.` : undefined;
  return (
    <Ask
      title={`Copy ${image.Name}`}
      doing="Copying the image"
      verb="Copy"
      ready={!wrong && description.length <= 256}
      close={close}
      act={async () => {
        await client.send(new CopyImageCommand({ SourceImageName: image.Name, DestinationImageName: name, DestinationRegion: to, DestinationImageDescription: description }));
        follow({ region: to, name, verb: "Copying" });
      }}
    >
      <FormField label="Destination region">
        <Select
          selectedOption={{ value: to, label: to }}
          options={others.map((r) => ({ value: r, label: r, description: r === region ? "This region" : undefined }))}
          onChange={({ detail }) => setTo(detail.selectedOption.value!)}
        />
      </FormField>
      <FormField label="Name of the copy" errorText={wrong} i18nStrings={{ errorIconAriaLabel: "Error" }}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
      </FormField>
      <FormField
        label={<>Description <i>- optional</i></>}
        errorText={description.length > 256 ? "At most 256 characters." : undefined}
        description="Tags and sharing do not come along."
        i18nStrings={{ errorIconAriaLabel: "Error" }}
      >
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </Ask>
  );
}
