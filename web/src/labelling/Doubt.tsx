import { percent } from "../versions/words";
import { useChanges, useDesk } from "./desk";
import { corrected, stands } from "./review";

// useReview gives what may be done about what the model doubts on the picture that is shown; nothing where no report is gone
// through.
export function useReview() {
  const { work, review } = useDesk();
  useChanges(review);
  const { entry, row } = work;
  if (!review || !entry || row === undefined) return undefined;
  const open = review.open(entry);
  // A picture may be doubted twice: one goes on when all is decided.
  const onward = () => work.entry && !review.open(work.entry) && work.go(work.at + 1);
  const accept = () => {
    if (open) work.change([{ row, line: corrected(entry, open) }]);
    onward();
  };
  const keep = () => {
    if (open) review.keep(open);
    onward();
  };
  return { open, accept, keep, entry, review };
}

// Doubt is what the model of a report says otherwise than the label, below the picture, and what to do about it.
export function Doubt({ doubt: { open, accept, keep, entry, review } }: { doubt: NonNullable<ReturnType<typeof useReview>> }) {
  const what = review.boxed ? "box" : "label";
  if (!open) {
    const kept = review.of(entry).some((s) => review.isKept(s) && stands(entry, s));
    return (
      <div className="labelling-suggestion">
        <span>{kept ? `Kept as it is, though ${review.model} says otherwise.` : `Corrected: what ${review.model} doubted is not there any more.`}</span>
        {kept && <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={() => review.decideAgain(entry)}>Decide again</button>}
      </div>
    );
  }
  const { given, suggested, confidence } = open;
  return (
    <div className="labelling-suggestion" data-differs="true">
      <span>
        {given && suggested ? <>Labelled <b>{given}</b>, {review.model} says <b>{suggested}</b></> : given ? <>Labelled <b>{given}</b>, which {review.model} does not see</> : <>{review.model} says that <b>{suggested}</b> is missing</>} ({percent(confidence)} sure)
      </span>
      <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={accept}><kbd aria-hidden>Enter</kbd>{given && suggested ? `Change to ${suggested}` : given ? `Remove ${given}` : `Add ${suggested}`}</button>
      <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={keep}><kbd aria-hidden>g</kbd>{given ? `Keep ${given}` : `No such ${what}`}</button>
    </div>
  );
}
