import { CreateUpdatedImageCommand, type Image } from "@aws-sdk/client-appstream";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useState } from "react";
import { useAppStream } from "../session/clients";
import { troubleOf } from "../session/remedy";
import { Ask } from "../shell/Ask";
import { useFollow } from "./follow";
import { nameRule, nameWords, ownerOf } from "./image";
import { useImages, useUpdatable } from "./queries";

// UpdateDialog makes a new image of an image. Whether that can be done is tried while the name is given, and said before it is asked for.
export function UpdateDialog({ image, region, close }: { image: Image; region: string; close: () => void }) {
  const client = useAppStream(region);
  const follow = useFollow();
  const [name, setName] = useState(`${image.Name}-updated`);
  const [shown, setShown] = useState(image.DisplayName ?? "");
  const [description, setDescription] = useState(image.Description ?? "");
  const taken = useImages(region).data?.some((i) => i.Name === name && ownerOf(i) === ownerOf(image));
  const wrong = {
    name: name === "" ? "Give the new image a name." : !nameRule.test(name) ? nameWords : taken ? "There is an image of this name. Choose another name." : undefined,
    shown: shown.length > 100 ? "At most 100 characters." : undefined,
    description: description.length > 256 ? "At most 256 characters." : undefined,
  };
  const rested = useRested(name);
  const check = useUpdatable(region, image, rested, !wrong.name && rested === name);
  const i18nStrings = { errorIconAriaLabel: "Error" };
  return (
    <Ask
      title={`Create an updated image of ${image.Name}`}
      doing="Creating the image"
      verb="Create"
      ready={Object.values(wrong).every((w) => !w) && !check.error && check.data !== false}
      close={close}
      act={async () => {
        await client.send(new CreateUpdatedImageCommand({ existingImageName: image.Name, newImageName: name, newImageDisplayName: shown, newImageDescription: description }));
        follow({ region, name, verb: "Creating" });
      }}
    >
      <FormField label="Name of the new image" errorText={wrong.name} i18nStrings={i18nStrings}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
      </FormField>
      {!wrong.name && <Verdict of={image} can={check.data} thrown={check.error ?? check.failureReason} />}
      <FormField label={<>Display name <i>- optional</i></>} errorText={wrong.shown} i18nStrings={i18nStrings}>
        <Input value={shown} onChange={({ detail }) => setShown(detail.value)} />
      </FormField>
      <FormField label={<>Description <i>- optional</i></>} errorText={wrong.description} description="Tags and sharing do not come along." i18nStrings={i18nStrings}>
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </Ask>
  );
}

// Verdict says what a try has shown.
function Verdict({ of, can, thrown }: { of: Image; can?: boolean; thrown: unknown }) {
  if (can === undefined && !thrown) return <StatusIndicator type="loading">Checking whether {of.Name} can be updated</StatusIndicator>;
  const trouble = can === undefined ? troubleOf(thrown) : undefined;
  return (
    <div>
      {trouble && <StatusIndicator type="error">{of.Name} cannot be updated</StatusIndicator>}
      {can === true && <StatusIndicator>{of.Name} can be updated</StatusIndicator>}
      {can === false && <StatusIndicator type="warning">{of.Name} is up to date</StatusIndicator>}
      <Box variant="small" display="block">
        {trouble && `${trouble.text} ${trouble.remedy ?? ""}`}
        {can === true && "The new image is there at once, with the same disk: there is no agent in it that would have to be brought up to date."}
        {can === false && "There is nothing to make a new image for."}
      </Box>
    </div>
  );
}

// useRested gives what somebody types once they have stopped typing.
function useRested(typed: string): string {
  const [rested, setRested] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setRested(typed), 350);
    return () => clearTimeout(timer);
  }, [typed]);
  return rested;
}
