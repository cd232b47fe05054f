import type { ProjectVersionDescription } from "@aws-sdk/client-rekognition";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

// CopyProgress shows how much of a model has been copied, as its StatusMessage tells; in a notice, in its colours.
export function CopyProgress({ version, from, variant = "standalone" }: { version: ProjectVersionDescription; from?: string; variant?: "standalone" | "flash" }) {
  const told = /(\d+ of \d+ files), ([\d.]+) of ([\d.]+) MB/.exec(version.StatusMessage ?? "");
  const label = "The model is being copied";
  if (told) {
    return (
      <ProgressBar
        variant={variant}
        label={variant === "standalone" && label}
        ariaLabel={label}
        description={from}
        value={Math.min(99, (100 * Number(told[2])) / (Number(told[3]) || 1))}
        additionalInfo={`${told[1]}, ${told[2]} of ${told[3]} MB`}
      />
    );
  }
  const waiting = "Waiting for its turn";
  return variant === "flash" ? <>{waiting}. It goes on when this page is closed.</> : <StatusIndicator type="pending">{waiting}</StatusIndicator>;
}
