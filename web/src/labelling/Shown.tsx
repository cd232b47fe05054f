import Alert from "@cloudscape-design/components/alert";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode, useEffect } from "react";
import { Failure } from "../shell/Failure";
import type { Ready } from "./ahead";
import { useChanges, useDesk } from "./desk";
import { around } from "./Strip";

const before = 3;
const after = 10;

// Shown is the picture that is shown, once it is there, and sees to it that the next ones are.
export function Shown({ children }: { children: (picture: Ready) => ReactNode }) {
  const { work, ahead, listing, suggester } = useDesk();
  useChanges(work);
  useChanges(ahead);
  const { at, entry } = work;
  const known = work.order.length;
  useEffect(() => {
    const next = work.near(at, at + after + 1).map((e) => e.ref);
    ahead.want([...next, ...work.near(at - before, at).map((e) => e.ref).reverse()], work.near(at - around, at + around + 1).map((e) => e.ref));
    suggester?.want(next);
    listing.upTo(at + 200).catch(() => {}); // it is asked again at the next picture
  }, [work, ahead, listing, suggester, at, known, work.order]);
  if (!entry) return null;
  const ready = ahead.large(entry.ref);
  if (ready) return <>{children(ready)}</>;
  const thrown = ahead.failure(entry.ref);
  if (!thrown) return <div className="labelling-frame labelling-centre" aria-busy="true"><Spinner size="large" /></div>;
  const broken = (thrown as Error).name === "InvalidStateError" || (thrown as Error).name === "EncodingError";
  return (
    <div className="labelling-frame labelling-centre">
      {broken ? (
        <Alert type="warning" header="This picture cannot be shown">
          {entry.ref.key} is not a picture that the browser can read. Only JPEG and PNG pictures can be trained on.
        </Alert>
      ) : <Failure of={entry.ref.key} thrown={thrown} retry={() => ahead.retry(entry.ref)} />}
    </div>
  );
}
