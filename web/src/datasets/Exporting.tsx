import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import { useEffect, useState } from "react";
import { useRekognition } from "../session/clients";
import { useNotices } from "../shell/notices";
import { count } from "./amounts";
import { download, linesOf } from "./exporting";

// Exporting reads all lines of a dataset and hands them over as a file.
export function Exporting({ arn, name, total, close }: { arn: string; name: string; total: number; close: () => void }) {
  const rekognition = useRekognition();
  const { fail } = useNotices();
  const [done, setDone] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    linesOf(rekognition, arn, setDone, stop.signal).then(
      (lines) => { download(name, lines); close(); },
      (thrown) => { if (!stop.signal.aborted) { fail("Exporting the manifest", thrown); close(); } },
    );
    return () => stop.abort();
  }, [arn]); // eslint-disable-line -- it begins once
  return (
    <Modal visible onDismiss={close} header="Export the manifest" closeAriaLabel="Cancel">
      <ProgressBar label="Reading the entries" value={(100 * done) / Math.max(total, 1)} additionalInfo={`${count(done)} of ${count(total)}`} />
    </Modal>
  );
}
