import Button from "@cloudscape-design/components/button";
import type { Box } from "../datasets/entry";
import { colourOf } from "../pictures/Boxes";

// BoxList is the boxes of the picture that is shown.
export function BoxList({ boxes, located, chosen, choose, remove, nothing, copy }: {
  boxes: Box[]; located: boolean; chosen?: number; choose: (index: number) => void; remove: (index: number) => void; nothing: () => void; copy: () => void;
}) {
  return (
    <section aria-label="Boxes" className="labelling-boxlist">
      <h2>{boxes.length === 0 ? "No boxes" : boxes.length === 1 ? "1 box" : `${boxes.length} boxes`}</h2>
      <ol>
        {boxes.map((b, i) => (
          <li key={i}>
            <button type="button" aria-pressed={i === chosen} onMouseDown={(e) => e.preventDefault()} onClick={() => choose(i)}>
              <span className="labelling-colour" style={{ background: colourOf(b.label) }} />
              <span className="labelling-text">{b.label}</span>
              <span className="labelling-percent">{b.width} × {b.height}</span>
            </button>
            <Button variant="inline-icon" iconName="close" ariaLabel={`Delete box ${i + 1}, ${b.label}`} onClick={() => remove(i)} />
          </li>
        ))}
      </ol>
      <div className="labelling-more">
        <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={copy}><kbd aria-hidden>c</kbd>Copy from the last picture</button>
        {boxes.length === 0 && (
          <button type="button" aria-pressed={located} disabled={located} onMouseDown={(e) => e.preventDefault()} onClick={nothing}>
            <kbd aria-hidden>e</kbd>{located ? "Marked: nothing here" : "Nothing here"}
          </button>
        )}
      </div>
    </section>
  );
}
