import { useRef, useState } from "react";
import { uriOf, withLabels } from "../datasets/entry";
import { useChanges, useDesk } from "./desk";
import { Doubt, useReview } from "./Doubt";
import { End } from "./End";
import { placeOf, useKeys } from "./keys";
import { LabelList } from "./LabelList";
import { Several } from "./Several";
import { Shown } from "./Shown";
import { Stepper } from "./Stepper";
import { Strip } from "./Strip";
import { Suggestion } from "./Suggestion";
import type { Point } from "./geometry";
import { Viewport, type ViewportHandle } from "./Viewport";

const swipe = 60; // pixels of the screen

// Whole labels whole pictures, one after the other.
export function Whole() {
  const { work, ahead, suggester, labels, addLabel, several, help, total } = useDesk();
  useChanges(work);
  useChanges(ahead);
  useChanges(suggester);
  const [naming, setNaming] = useState(false);
  const viewport = useRef<ViewportHandle>(null);
  const pressed = useRef<{ id: number; x: number; y: number }>();
  const doubt = useReview();
  const { entry, row, at } = work;
  const seen = entry && ahead.large(entry.ref) !== undefined; // nobody labels what is not there yet
  const said = entry && suggester?.of(entry.ref);
  const meant = entry && suggester ? suggester.meant(entry.ref, several, false).map((s) => s.label) : [];

  function say(now: string[]) {
    if (!entry || row === undefined) return;
    const same = now.length === entry.labels.length && now.every((l) => entry.labels.includes(l));
    if (!same) work.change([{ row, line: withLabels(entry, now) }]);
  }

  function choose(label: string) {
    if (!seen) return;
    if (several) return say(entry.labels.includes(label) ? entry.labels.filter((l) => l !== label) : [...entry.labels, label]);
    say([label]);
    work.go(at + 1);
  }

  // accept takes what the model means, where nobody has said anything yet, and goes on.
  function accept() {
    if (!seen) return;
    if (entry.labels.length === 0 && meant.length > 0) say(meant);
    work.go(at + 1);
  }

  function took({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
    if (altKey) return false;
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() === "z") return shiftKey ? work.redo() : work.undo();
      return key === "y" && work.redo();
    }
    const label = labels[placeOf(key)];
    if (label) choose(label);
    else if (key === "ArrowRight" || key === "ArrowDown" || key === "j" || key === "s") work.go(at + 1);
    else if (key === "ArrowLeft" || key === "ArrowUp" || key === "k") work.go(at - 1);
    else if (key === "Home") work.go(0);
    else if (key === "Enter") doubt ? seen && doubt.accept() : accept();
    else if (key === "g" && doubt) seen && doubt.keep();
    else if (key === "u") work.undo();
    else if (key === "U") work.redo();
    else if (key === "Backspace" || key === "Delete") say([]);
    else if (key === "n" || key === "/") setNaming(true);
    else if (key === "+" || key === "=") viewport.current?.zoom(1.3);
    else if (key === "-") viewport.current?.zoom(1 / 1.3);
    else if (key === "0") viewport.current?.fit();
    else if (key === "?") help();
    else return false;
    return true;
  }
  useKeys(took);

  const swiped = (_: Point, event: React.PointerEvent) => {
    const from = pressed.current;
    pressed.current = undefined;
    if (!from || from.id !== event.pointerId || event.pointerType !== "touch" || viewport.current?.zoomed()) return;
    const across = event.clientX - from.x;
    if (Math.abs(across) > swipe && Math.abs(across) > Math.abs(event.clientY - from.y) * 2) work.go(at + (across < 0 ? 1 : -1));
  };

  return (
    <div className="labelling-desk">
      <div className="labelling-stage">
        {entry ? (
          <Shown>
            {(picture) => (
              <Viewport
                picture={picture} name={uriOf(entry.ref)} handle={viewport}
                label={`Picture ${at + 1} of ${total}: ${entry.labels.join(", ") || "not labelled"}`}
                onPress={(_, e) => (pressed.current = { id: e.pointerId, x: e.clientX, y: e.clientY })}
                onRelease={swiped} onCancel={() => (pressed.current = undefined)} style={{ touchAction: "none" }}
              />
            )}
          </Shown>
        ) : <End />}
        {doubt && <Doubt doubt={doubt} />}
        {entry && suggester && <Suggestion on={entry.labels} meant={meant} said={said} several={several} accept={accept} />}
        <Stepper />
        <Strip />
      </div>
      <aside className="labelling-side">
        <Several />
        <LabelList
          title="Labels" labels={labels} on={entry?.labels ?? []} said={said} choose={choose} naming={naming} setNaming={setNaming}
          add={(label) => { addLabel(label); choose(label); }}
        />
      </aside>
    </div>
  );
}
