import { useEffect, useRef, useState } from "react";
import { colourOf } from "../pictures/Boxes";
import { keyOf } from "./keys";
import type { Said } from "./suggest";

interface Props {
  labels: string[];
  on: string[];
  said?: Said[];
  choose: (label: string) => void;
  // naming is whether a label is being typed; several letters can be meant for it.
  naming: boolean;
  setNaming: (naming: boolean) => void;
  add: (label: string) => void;
  coloured?: boolean;
  title: string;
}

// LabelList is the labels, each with its key, and what a model says of each.
export function LabelList({ labels, on, said, choose, naming, setNaming, add, coloured, title }: Props) {
  return (
    <section aria-label={title} className="labelling-labels">
      <h2>{title}</h2>
      <ul>
        {labels.map((label, place) => {
          const opinion = said?.find((s) => s.label === label && !s.place);
          const key = keyOf(place);
          return (
            <li key={label}>
              <button type="button" aria-pressed={on.includes(label)} aria-keyshortcuts={key} onMouseDown={(e) => e.preventDefault()} onClick={() => choose(label)}>
                {opinion && <span className="labelling-share" style={{ width: `${opinion.confidence}%` }} />}
                <kbd aria-hidden>{key ?? ""}</kbd>
                {coloured && <span className="labelling-colour" style={{ background: colourOf(label) }} />}
                <span className="labelling-text">{label}</span>
                {opinion && opinion.confidence >= 1 && <span className="labelling-percent">{Math.round(opinion.confidence)}%</span>}
              </button>
            </li>
          );
        })}
      </ul>
      {naming ? <Naming labels={labels} add={add} end={() => setNaming(false)} /> : (
        <button type="button" className="labelling-new" aria-keyshortcuts="n" onClick={() => setNaming(true)}><kbd aria-hidden>n</kbd>New or other label</button>
      )}
    </section>
  );
}

function Naming({ labels, add, end }: { labels: string[]; add: (label: string) => void; end: () => void }) {
  const [name, set] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const wanted = name.trim();
  return (
    <form
      className="labelling-naming"
      onSubmit={(e) => {
        e.preventDefault();
        if (wanted) add(labels.find((l) => l.toLowerCase() === wanted.toLowerCase()) ?? wanted);
        end();
      }}
    >
      <input
        ref={field} aria-label="Name of the label" placeholder="Type a name, then Enter" list="labelling-known" maxLength={255} value={name} autoComplete="off"
        onChange={(e) => set(e.target.value)} onKeyDown={(e) => e.key === "Escape" && end()} onBlur={() => !wanted && end()}
      />
      <datalist id="labelling-known">{labels.map((l) => <option key={l} value={l} />)}</datalist>
    </form>
  );
}
