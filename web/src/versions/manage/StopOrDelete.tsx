import { DeleteProjectVersionCommand, StopProjectVersionCommand } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import { useRef, useState } from "react";
import { projectOf, versionOf } from "../../projects/names";
import { useRekognition } from "../../session/clients";
import { Ask } from "../../shell/Ask";
import { useAgain } from "../version";

// StopOrDelete makes sure before models are stopped or deleted. gone is called when all are deleted.
export function StopOrDelete({ what, arns, close, gone }: { what: "stop" | "delete"; arns: string[]; close: () => void; gone?: () => void }) {
  const client = useRekognition();
  const again = useAgain();
  const [nameOf] = useState(() => (new Set(arns.map(projectOf)).size > 1 ? (arn: string) => `${projectOf(arn)}/${versionOf(arn)}` : versionOf));
  const [names] = useState(() => arns.map(nameOf).join(", ")); // as they were when it was asked: a list of them goes on living
  const left = useRef(arns);
  const several = left.current.length > 1;

  // One that cannot be stopped does not keep the others from it; it is named, and tried again with the same button.
  async function act() {
    const failed: { arn: string; thrown: Error }[] = [];
    for (const arn of left.current) {
      const input = { ProjectVersionArn: arn };
      await (what === "stop" ? client.send(new StopProjectVersionCommand(input)) : client.send(new DeleteProjectVersionCommand(input))).catch((thrown: Error) => failed.push({ arn, thrown }));
    }
    left.current = failed.map((f) => f.arn);
    if (failed.length === 0) gone?.();
    await again();
    const first = failed[0];
    if (first) throw several ? Object.assign(first.thrown, { message: `${nameOf(first.arn)}: ${first.thrown.message}` }) : first.thrown;
  }

  if (what === "stop") {
    return (
      <Ask title={`Stop ${names}?`} doing={`Stopping ${names}`} verb="Stop" close={close} act={act}>
        <Box>Programs that ask {several ? "them" : "it"} are answered ResourceNotReadyException until {several ? "they are" : "it is"} started again, which takes a moment. Nothing is lost.</Box>
      </Ask>
    );
  }
  return (
    <Ask title={`Delete ${names}?`} doing={`Deleting ${names}`} verb="Delete" word="delete" close={close} act={act}>
      <Box>{several ? "These models" : "The model"} cannot be started any more. The files in the output location stay, the ONNX model among them; the datasets stay too. This cannot be undone.</Box>
    </Ask>
  );
}
