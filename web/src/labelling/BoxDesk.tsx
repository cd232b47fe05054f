import { useEffect, useRef, useState } from "react";
import { type Box, type Entry, uriOf, withBoxes } from "../datasets/entry";
import type { Ready } from "./ahead";
import { BoxEditor, type Chosen, type Suggested } from "./BoxEditor";
import { BoxList } from "./BoxList";
import { useChanges, useDesk } from "./desk";
import { Doubt, useReview } from "./Doubt";
import { inPixels, overlap } from "./doubt";
import { End } from "./End";
import { moved, rounded } from "./geometry";
import { placeOf, useKeys } from "./keys";
import { LabelList } from "./LabelList";
import { doubtful, missing, type Suspect } from "./review";
import { Shown } from "./Shown";
import { Stepper } from "./Stepper";
import { Strip } from "./Strip";
import type { Suggester } from "./suggest";
import type { ViewportHandle } from "./Viewport";

// suggestedOn gives what a model sees on a picture and nobody has drawn yet.
function suggestedOn(entry: Entry, picture: Ready | undefined, suggester: Suggester | undefined, doubt: Suspect | undefined): Suggested[] {
  if (doubt?.given) return []; // that box is chosen instead: two names over one another could not be read
  const drawn = doubt && entry.size && missing(doubt, entry.size);
  if (drawn) return [{ ...drawn, confidence: doubt.confidence * 100 }];
  if (!picture || !suggester) return [];
  return suggester.meant(entry.ref, true, true)
    .map((s) => ({ ...inPixels(s, picture)!, confidence: s.confidence }))
    .filter((s) => entry.boxes.every((b) => overlap(b, s) < 0.5));
}

const arrows: Record<string, { x: number; y: number }> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

// BoxDesk draws boxes around objects, picture by picture.
export function BoxDesk() {
  const { work, ahead, suggester, labels, addLabel, help, total } = useDesk();
  useChanges(work);
  useChanges(ahead);
  useChanges(suggester);
  const [active, setActive] = useState<string>();
  const [chosen, choose] = useState<Chosen>();
  const [naming, setNaming] = useState(false);
  const [nameless, setNameless] = useState<Box>(); // drawn before there was any label
  const viewport = useRef<ViewportHandle>(null);
  const doubt = useReview();
  const { entry, row, at } = work;
  const picture = entry && ahead.large(entry.ref);
  const boxes = entry?.boxes ?? [];
  const drawing = active ?? labels[0];
  const selected = chosen && boxes[chosen.index];
  const suggested = entry ? suggestedOn(entry, picture, suggester, doubt?.open) : [];
  const name = entry && uriOf(entry.ref);
  useEffect(() => { choose(undefined); setNameless(undefined); }, [name]);
  const open = doubt?.open;
  useEffect(() => {
    const index = open?.given && entry?.size ? doubtful(entry, open, entry.size) : -1;
    choose(index < 0 ? undefined : { index, held: false });
  }, [name, open?.id]); // eslint-disable-line

  function put(next: Box[], now?: Chosen) {
    if (!entry || row === undefined || !picture) return;
    if (next.some((b) => !b.label)) {
      setNameless(next.find((b) => !b.label));
      setNaming(true);
      return;
    }
    work.change([{ row, line: withBoxes(entry, picture, next) }]);
    choose(now);
  }

  const replace = (index: number, box: Box) => put(boxes.map((b, i) => (i === index ? box : b)), { index, held: chosen?.held ?? true });

  function use(label: string) {
    setActive(label);
    if (nameless) {
      setNameless(undefined);
      put([...boxes, { ...nameless, label }], { index: boxes.length, held: false });
    } else if (selected && selected.label !== label) replace(chosen.index, { ...selected, label });
  }

  function remove(index: number) {
    put(boxes.filter((_, i) => i !== index), undefined);
  }

  const plain = ({ confidence: _, ...box }: Suggested): Box => rounded(box);

  // copy takes the boxes of the picture before, as far as they are not here already.
  function copy() {
    const before = work.order.slice(0, at).reverse().map((r) => work.rows[r]!).find((e) => e.boxes.length > 0);
    if (!before || !picture) return;
    const fresh = before.boxes.filter((b) => boxes.every((o) => overlap(o, b) < 0.95)).map((b) => moved({ ...b, width: Math.min(b.width, picture.width), height: Math.min(b.height, picture.height) }, { x: 0, y: 0 }, picture));
    if (fresh.length > 0) put([...boxes, ...fresh]);
  }

  function placeBox() {
    if (!picture) return;
    const width = Math.round(picture.width / 4), height = Math.round(picture.height / 4);
    put([...boxes, { label: drawing ?? "", left: Math.round((picture.width - width) / 2), top: Math.round((picture.height - height) / 2), width, height }], { index: boxes.length, held: true });
  }

  function nudge(key: string, far: boolean, size: boolean) {
    const by = arrows[key]!, step = far ? 10 : 1;
    if (!selected || !picture) return;
    if (size) replace(chosen.index, rounded({ ...selected, width: Math.max(1, Math.min(selected.width + by.x * step, picture.width - selected.left)), height: Math.max(1, Math.min(selected.height + by.y * step, picture.height - selected.top)) }));
    else replace(chosen.index, rounded(moved(selected, { x: by.x * step, y: by.y * step }, picture)));
  }

  function took({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() === "z") return shiftKey ? work.redo() : work.undo();
      return key === "y" && work.redo();
    }
    const pointed = open && !chosen?.held; // at by the review: arrows go through the pictures
    if (arrows[key] && selected && !pointed) {
      nudge(key, shiftKey, altKey);
      return true;
    }
    if (altKey) return false;
    const label = labels[placeOf(key)];
    if (label) use(label);
    else if (key === "ArrowRight" || key === "ArrowDown" || key === "j" || key === "s") work.go(at + 1);
    else if (key === "ArrowLeft" || key === "ArrowUp" || key === "k") work.go(at - 1);
    else if (key === "Home") work.go(0);
    else if (key === "Enter") {
      if (doubt) picture && doubt.accept();
      else if (suggested.length > 0) put([...boxes, ...suggested.map(plain)]);
      else work.go(at + 1);
    } else if (key === "g" && doubt) picture && doubt.keep();
    else if (key === "Escape") choose(undefined);
    else if (key === "Backspace" || key === "Delete") chosen && selected && remove(chosen.index);
    else if (key === "," || key === ".") boxes.length > 0 && choose({ index: ((chosen?.index ?? (key === "." ? -1 : 0)) + (key === "." ? 1 : -1) + boxes.length) % boxes.length, held: true });
    else if (key === "u") work.undo();
    else if (key === "U") work.redo();
    else if (key === "c") copy();
    else if (key === "b") placeBox();
    else if (key === "e") entry && !entry.located && put([]);
    else if (key === "n" || key === "/") setNaming(true);
    else if (key === "+" || key === "=") viewport.current?.zoom(1.3);
    else if (key === "-") viewport.current?.zoom(1 / 1.3);
    else if (key === "0") viewport.current?.fit();
    else if (key === "?") help();
    else return false;
    return true;
  }
  useKeys(took);

  return (
    <div className="labelling-desk">
      <div className="labelling-stage">
        {entry ? (
          <Shown>
            {(ready) => (
              <BoxEditor
                picture={ready} name={name!} handle={viewport} boxes={nameless ? [...boxes, nameless] : boxes} suggested={suggested} drawing={drawing}
                label={`Picture ${at + 1} of ${total}, ${boxes.length} boxes`} chosen={selected ? chosen : undefined} choose={choose} change={put}
                accept={(s) => put([...boxes, plain(s)], { index: boxes.length, held: false })}
              />
            )}
          </Shown>
        ) : <End />}
        {doubt && <Doubt doubt={doubt} />}
        {entry && suggester && (
          <div className="labelling-suggestion">
            <span>{!suggester.of(entry.ref) ? "The model is asked about this picture" : suggested.length === 0 ? "The model sees nothing more" : <>The model sees <b>{suggested.length} more</b>, dashed. Click one to take it.</>}</span>
            {suggested.length > 0 && <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={() => put([...boxes, ...suggested.map(plain)])}><kbd aria-hidden>Enter</kbd>Accept all</button>}
          </div>
        )}
        <Stepper />
        <Strip />
      </div>
      <aside className="labelling-side">
        <LabelList
          title={selected ? "Label of the box" : "Label of the next box"} labels={labels} on={[selected ? selected.label : drawing ?? ""]} choose={use} coloured naming={naming}
          setNaming={(n) => { setNaming(n); if (!n) setNameless(undefined); }} add={(label) => { addLabel(label); use(label); }}
        />
        {entry && <BoxList boxes={boxes} located={entry.located} chosen={selected ? chosen!.index : undefined} choose={(index) => choose({ index, held: true })} remove={remove} nothing={() => put([])} copy={copy} />}
      </aside>
    </div>
  );
}
