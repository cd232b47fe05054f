import { ListDatasetEntriesCommand, type ListDatasetEntriesCommandInput, type ListDatasetEntriesCommandOutput, type RekognitionClient } from "@aws-sdk/client-rekognition";
import { patiently, pause } from "./patience";

const pageSize = 100;
const shortest = 150, longest = 500;

interface How {
  signal?: AbortSignal;
  waiting?: (waiting: boolean) => void;
  tries?: number; // while the dataset is changed
}

// page reads a page of a dataset's entries. It waits while the server does not answer, and while the dataset is changed, as it cannot
// be listed meanwhile: changes of our own are over within a moment, an import of many pictures is not.
export async function page(rekognition: RekognitionClient, asked: ListDatasetEntriesCommandInput, { signal, waiting = () => {}, tries = Infinity }: How = {}): Promise<ListDatasetEntriesCommandOutput> {
  const command = new ListDatasetEntriesCommand({ MaxResults: pageSize, ...asked });
  for (let tried = 1; ; tried++) {
    try {
      const got = await patiently(() => rekognition.send(command, { abortSignal: signal }), waiting, signal);
      if (tried > 1) waiting(false);
      return got;
    } catch (thrown) {
      if (!["ResourceInUseException", "ResourceNotReadyException"].includes((thrown as Error).name) || tried >= tries) throw thrown;
      if (tried === 1) waiting(true);
      await pause(Math.min(longest, shortest * 1.1 ** tried), signal);
    }
  }
}
