import type { Said } from "./suggest";

// Suggestion is what the model means, below the picture.
export function Suggestion({ on, meant, said, several, accept }: { on: string[]; meant: string[]; said?: Said[]; several: boolean; accept: () => void }) {
  if (!said) return <div className="labelling-suggestion" aria-busy="true">The model is asked about this picture</div>;
  const sure = (label: string) => `${label} ${Math.round(said.find((s) => s.label === label)?.confidence ?? 0)}%`;
  const same = meant.length === on.length && meant.every((l) => on.includes(l));
  const text = meant.length === 0 ? "no label" : meant.map(sure).join(", ");
  return (
    <div className="labelling-suggestion" data-differs={on.length > 0 && !same}>
      <span>{on.length === 0 ? "The model suggests" : same ? "The model agrees:" : "The model says otherwise:"} <b>{text}</b></span>
      {on.length === 0 && meant.length > 0 && (
        <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={accept}><kbd aria-hidden>Enter</kbd>Accept{several ? "" : " and next"}</button>
      )}
    </div>
  );
}
