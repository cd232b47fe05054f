import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

const words: Record<string, [StatusIndicatorProps.Type, string]> = {
  CREATED: ["success", "Created"], CREATING: ["in-progress", "Creating"], DELETING: ["in-progress", "Deleting"],
  CREATE_IN_PROGRESS: ["in-progress", "Creating"], CREATE_COMPLETE: ["success", "Ready"], CREATE_FAILED: ["error", "Creation failed"],
  UPDATE_IN_PROGRESS: ["in-progress", "Updating"], UPDATE_COMPLETE: ["success", "Ready"], UPDATE_FAILED: ["warning", "Last update failed"], DELETE_IN_PROGRESS: ["in-progress", "Deleting"],
  TRAINING_IN_PROGRESS: ["in-progress", "Training"], TRAINING_COMPLETED: ["success", "Trained"], TRAINING_FAILED: ["error", "Training failed"],
  COPYING_IN_PROGRESS: ["in-progress", "Copying"], COPYING_COMPLETED: ["success", "Copied"], COPYING_FAILED: ["error", "Copy failed"],
  STARTING: ["in-progress", "Starting"], RUNNING: ["success", "Running"], STOPPING: ["in-progress", "Stopping"], STOPPED: ["stopped", "Stopped"], FAILED: ["error", "Failed"],
};

// State shows a state of AWS's in a word.
export function State({ of }: { of?: string }) {
  const [type, text] = words[of ?? ""] ?? ["pending", of ?? "-"];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}
