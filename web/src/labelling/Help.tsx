import ColumnLayout from "@cloudscape-design/components/column-layout";
import Modal from "@cloudscape-design/components/modal";

const everywhere: [string, string][] = [
  ["1-9, then letters", "the label beside that key"], ["n or /", "new label, or one by its name"], ["← → or j k", "back and forth"], ["s", "skip"], ["u, Shift+u", "undo, redo: as many as you like"],
  ["+  -  0", "nearer, farther, whole (or the wheel)"], ["Space and drag", "move a picture that is near"], ["Delete", "take away the label or the box"], ["?", "this list"],
];
const whole: [string, string][] = [
  ["Enter", "accept what the model suggests; or go on"], ["g", "keep the label, of those that are likely wrong; with boxes too"], ["Several labels", "keys switch labels on and off, Enter goes on"],
];
const many: [string, string][] = [
  ["Space, click", "choose or not"], ["Shift and arrows", "choose a row of them"], ["Drag", "choose all in the frame"], ["Ctrl+A, Esc", "all, none"], ["Enter, double click", "open one; with a model, accept its suggestions"],
];
const boxes: [string, string][] = [
  ["Drag", "draw; hold Shift to draw inside a chosen box"], ["Click", "choose a box, then drag it or its handles"], ["Label's key", "label of the chosen box and of the next ones; Esc first: of the next ones only"],
  ["Arrows", "move the chosen box by 1 pixel, with Shift by 10, with Alt resize it"], [", .", "choose the box before, the next"], ["b", "put a box into the middle"], ["c", "copy the boxes of the last picture"],
  ["e", "nothing here: there are no objects on it"], ["Enter", "accept the dashed boxes; or go on"],
];

// Help lists all keys.
export function Help({ close }: { close: () => void }) {
  return (
    <Modal visible header="Keys" size="large" onDismiss={close} closeAriaLabel="Close">
      <ColumnLayout columns={2}>
        <div><List title="Everywhere" keys={everywhere} /><List title="Whole pictures" keys={whole} /></div>
        <div><List title="Boxes" keys={boxes} /><List title="Many at once" keys={many} /></div>
      </ColumnLayout>
    </Modal>
  );
}

function List({ title, keys }: { title: string; keys: [string, string][] }) {
  return (
    <section className="labelling-keys">
      <h3>{title}</h3>
      <dl>{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
    </section>
  );
}
