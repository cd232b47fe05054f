import { type Image, type SharedImagePermissions, UpdateImagePermissionsCommand } from "@aws-sdk/client-appstream";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAppStream } from "../session/clients";
import { useSession } from "../session/session";
import { Ask } from "../shell/Ask";

// ShareDialog lets another account use an image, or changes what one may do that has it already.
export function ShareDialog({ image, region, now, close }: { image: Image; region: string; now?: SharedImagePermissions; close: () => void }) {
  const client = useAppStream(region);
  const known = useQueryClient();
  const { account: mine } = useSession();
  const [account, setAccount] = useState(now?.sharedAccountId ?? "");
  const [fleet, setFleet] = useState(now?.imagePermissions?.allowFleet ?? true);
  const [builder, setBuilder] = useState(now?.imagePermissions?.allowImageBuilder ?? false);
  const wrong = account && !/^\d{12}$/.test(account) ? "The number of an account has twelve digits." : account === mine ? "This is your own account." : undefined;
  return (
    <Ask
      title={now ? `What account ${account} may do with ${image.Name}` : `Share ${image.Name}`}
      doing="Sharing the image"
      verb={now ? "Save" : "Share"}
      ready={account !== "" && !wrong && (fleet || builder)}
      close={close}
      act={async () => {
        await client.send(new UpdateImagePermissionsCommand({ Name: image.Name, SharedAccountId: account, ImagePermissions: { allowFleet: fleet, allowImageBuilder: builder } }));
        await sharingChanged(known, image, region);
      }}
    >
      {!now && (
        <FormField label="Account" description={`It sees the image in ${region}, and cannot copy, export or change it.`} errorText={wrong} i18nStrings={{ errorIconAriaLabel: "Error" }}>
          <Input value={account} onChange={({ detail }) => setAccount(detail.value.replace(/[\s-]/g, ""))} placeholder="444455556666" inputMode="numeric" />
        </FormField>
      )}
      <FormField label="Use it for" errorText={fleet || builder ? undefined : "Choose at least one."} i18nStrings={{ errorIconAriaLabel: "Error" }}>
        <SpaceBetween size="xs">
          <Checkbox checked={fleet} onChange={({ detail }) => setFleet(detail.checked)} description="Streaming sessions run on it.">Fleets</Checkbox>
          <Checkbox checked={builder} onChange={({ detail }) => setBuilder(detail.checked)} description="New images are built from it.">Image builders</Checkbox>
        </SpaceBetween>
      </FormField>
    </Ask>
  );
}

// sharingChanged has everything asked again that shows whom an image is shared with.
export async function sharingChanged(known: ReturnType<typeof useQueryClient>, image: Image, region: string) {
  await Promise.all([
    known.invalidateQueries({ queryKey: ["sharing", region, image.Name] }),
    known.invalidateQueries({ queryKey: ["image", image.Arn] }),
    known.invalidateQueries({ queryKey: ["images", region] }),
  ]);
}
