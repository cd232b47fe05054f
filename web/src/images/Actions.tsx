import type { Image } from "@aws-sdk/client-appstream";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import type { Doing } from "./Dialog";
import { type Verb, whyNot } from "./image";

const verbs: [Verb, string][] = [["copy", "Copy"], ["update", "Create updated image"], ["share", "Share"], ["export", "Export"], ["delete", "Delete"]];

// Actions are what can be done with an image; what cannot says why.
export function Actions({ image, act }: { image?: Image; act: (doing: Doing) => void }) {
  return (
    <ButtonDropdown
      items={verbs.map(([id, text]) => {
        const reason = image && whyNot(image, id);
        return { id, text, disabled: reason !== undefined, disabledReason: reason };
      })}
      disabled={!image}
      disabledReason="Choose an image in the table first."
      onItemClick={({ detail }) => image && act({ verb: detail.id as Verb, image })}
      expandToViewport
    >
      Actions
    </ButtonDropdown>
  );
}
