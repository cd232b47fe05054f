import type { Image } from "@aws-sdk/client-appstream";
import { CopyDialog } from "./CopyDialog";
import { DeleteDialog } from "./DeleteDialog";
import { ExportDialog } from "./ExportDialog";
import type { Verb } from "./image";
import { ImportDialog } from "./ImportDialog";
import { ShareDialog } from "./ShareDialog";
import { UpdateDialog } from "./UpdateDialog";

// Doing is what a person has begun: to import an image, or something with one that is there.
export type Doing = { verb: "import" } | { verb: Verb; image: Image };

// Dialog asks for what is still to be said. gone is called when the image was deleted.
export function Dialog({ doing, region, close, gone }: { doing: Doing; region: string; close: () => void; gone?: () => void }) {
  switch (doing.verb) {
    case "import":
      return <ImportDialog region={region} close={close} />;
    case "copy":
      return <CopyDialog image={doing.image} region={region} close={close} />;
    case "update":
      return <UpdateDialog image={doing.image} region={region} close={close} />;
    case "share":
      return <ShareDialog image={doing.image} region={region} close={close} />;
    case "export":
      return <ExportDialog image={doing.image} region={region} close={close} />;
    case "delete":
      return <DeleteDialog image={doing.image} region={region} close={close} gone={gone} />;
  }
}
