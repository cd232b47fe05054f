import type { ProjectVersionDescription } from "@aws-sdk/client-rekognition";

// remedyOf says what to do about a version whose training or copying has failed. Why it failed is its StatusMessage.
export function remedyOf({ Status, StatusMessage = "", OutputConfig }: ProjectVersionDescription): string {
  const copied = Status === "COPYING_FAILED";
  const again = copied ? "delete this version, whose name is taken until then, and copy again." : "train again.";
  if (/write to output S3 bucket/.test(StatusMessage)) {
    return `The bucket ${OutputConfig?.S3Bucket ?? ""} must be there, and whoever asks must be allowed to write to it: see to that, then ${again}`;
  }
  if (copied) return `To try it once more, ${again}`;
  return `Correct the datasets and ${again} The manifest summary, a file under Details, names every line that could not be used.`;
}
