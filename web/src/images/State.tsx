import type { Image } from "@aws-sdk/client-appstream";
import Box from "@cloudscape-design/components/box";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { states } from "./image";

// how reads "Copying: 1.2 GiB of 10 GiB (12 %), 240 MiB/s, 37s left", as the server says how far it is.
const how = /^[^:]*: (.*?) \((\d+) %\)(.*)$/;

// barOf draws how far something is; nothing when what the server says has no figures.
export function barOf(said: string, label: string, ariaLabel: string, variant: "standalone" | "flash") {
  const found = how.exec(said);
  return found && (
    <div style={{ minWidth: 180, maxWidth: 420 }}>
      <ProgressBar variant={variant} value={Number(found[2])} ariaLabel={ariaLabel} label={variant === "standalone" && label} additionalInfo={found[1]! + found[3]!.replace(/(\d)s left/, "$1 s left")} />
    </div>
  );
}

// State shows an image's state and, while something is being done, how far that is; in a notice, in its colours.
export function State({ image, variant = "standalone" }: { image: Image; variant?: "standalone" | "flash" }) {
  const state = image.State ?? "";
  const text = states[state] ?? state;
  const said = image.StateChangeReason?.Message;
  if (state === "AVAILABLE") return <StatusIndicator>{text}</StatusIndicator>;
  if (state === "FAILED") {
    return (
      <div>
        <StatusIndicator type="error">{text}</StatusIndicator>
        {said && <Box variant="small" display="block">{said}</Box>}
      </div>
    );
  }
  const bar = said && barOf(said, text, `${text} ${image.Name}`, variant);
  if (bar) return bar;
  if (variant === "flash") return said ?? text;
  const waits = said?.startsWith("Waiting to try again");
  return (
    <div>
      <StatusIndicator type={waits ? "warning" : "in-progress"}>{text}</StatusIndicator>
      {said && said !== text && <Box variant="small" display="block">{said.replace(/^(Copying|Importing): w/, "W")}</Box>}
    </div>
  );
}
