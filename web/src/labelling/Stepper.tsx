import Button from "@cloudscape-design/components/button";
import { count, counted } from "../datasets/amounts";
import { useChanges, useDesk } from "./desk";
import { SaveState } from "./SaveState";
import { isLabelled } from "./work";

// Stepper says which picture is shown, and goes to others for those who have no keys.
export function Stepper() {
  const { work, total, help } = useDesk();
  useChanges(work);
  const { at, entry } = work;
  const said = !entry ? "" : !isLabelled(entry) ? "not labelled" : entry.located ? counted(entry.boxes.length, "box", "boxes") : entry.labels.join(", ");
  return (
    <div className="labelling-stepper" role="group" aria-label="Go through the pictures">
      <Button iconName="angle-left" ariaLabel="Back" disabled={at === 0} onClick={() => work.go(at - 1)} />
      <Button iconName="angle-right" ariaLabel="Next" disabled={!entry} onClick={() => work.go(at + 1)} />
      <Button iconName="undo" ariaLabel="Undo" disabled={!work.canUndo} onClick={() => work.undo()} />
      <Button iconName="redo" ariaLabel="Redo" disabled={!work.canRedo} onClick={() => work.redo()} />
      <span className="labelling-where">{entry ? `${count(at + 1)} of ${count(total)}` : `${count(total)} of ${count(total)}`}</span>
      <span className="labelling-file" title={entry?.ref.key}>{entry?.ref.key.split("/").pop()}</span>
      <SaveState outbox={work.outbox} />
      <Button iconName="keyboard" ariaLabel="Keys" onClick={help} />
      <span className="labelling-hidden" aria-live="polite">{entry && `Picture ${at + 1}, ${said}`}</span>
    </div>
  );
}
