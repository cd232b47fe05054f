import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import Select from "@cloudscape-design/components/select";
import { useCallback, useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { useRekognition, useS3 } from "../session/clients";
import { useNotices } from "../shell/notices";
import { useChanges, useDesk } from "./desk";
import { type Order, order } from "./doubt";
import { freed } from "./keys";
import { useOtherModels, useOwnModels } from "./models";
import { type Model, Suggester } from "./suggest";

const batch = 500; // pictures that are looked over to find the doubtful ones

const orders: { value: Order; label: string; description?: string }[] = [
  { value: "listed", label: "As listed" },
  { value: "unsure", label: "Unsure first", description: "Where the model has most doubt" },
  { value: "wrong", label: "Likely wrong first", description: "Where the model says something else than the label" },
];

// Advice chooses the model that makes suggestions, and the order that its doubts give.
export function Advice({ projectArn, arn, boxes, first, setSuggester }: { projectArn: string; arn: string; boxes: boolean; first: Order; setSuggester: (s: Suggester | undefined) => void }) {
  const { work, listing, suggester, several } = useDesk();
  const rekognition = useRekognition();
  const s3 = useS3();
  const { fail } = useNotices();
  const { project } = useParams();
  const navigate = useNavigate();
  const [looking, setLooking] = useState(false); // into other projects
  const [by, setBy] = useState<Order>("listed");
  const [progress, setProgress] = useState<{ done: number; of: number }>();
  const stop = useRef<AbortController>();
  useChanges(suggester);

  const own = useOwnModels(projectArn);
  const others = useOtherModels(projectArn, looking);
  const running = own?.running ?? [];
  const key = `ownsight.labelling model ${arn}`;

  const use = useCallback((model: Model | undefined) => {
    stop.current?.abort();
    setBy("listed");
    if (model) localStorage.setItem(key, model.arn);
    else localStorage.removeItem(key);
    setSuggester(model && new Suggester(rekognition, s3, model));
  }, [rekognition, s3, setSuggester, key]);

  const arrange = useCallback(async (wanted: Order, s: Suggester) => {
    stop.current?.abort();
    const gone = (stop.current = new AbortController());
    setBy(wanted);
    if (wanted === "listed") return work.arrange(order("listed", work.rows, 0, s, several));
    try {
      await listing.upTo(batch, gone.signal);
      const looked = Math.min(batch, work.rows.length);
      await s.lookOver(work.rows.slice(0, looked).map((e) => e.ref), (done) => setProgress({ done, of: looked }), gone.signal);
      if (!gone.signal.aborted) work.arrange(order(wanted, work.rows, looked, s, several));
      else setBy("listed");
    } catch (thrown) {
      setBy("listed");
      fail("Looking the pictures over", thrown);
    } finally {
      setProgress(undefined);
    }
  }, [work, listing, several, fail]);

  // The model that was used last is used again, if it still runs; a link may want an order, for which any will do.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || !own) return;
    begun.current = true;
    const last = localStorage.getItem(key);
    const model = own.running.find((m) => m.arn === last) ?? (first !== "listed" ? own.running[0] : undefined);
    if (!model) return;
    const s = new Suggester(rekognition, s3, model);
    setSuggester(s);
    if (first !== "listed") void arrange(first, s);
  }, [own, key, first, rekognition, s3, setSuggester, arrange]);
  useEffect(() => () => stop.current?.abort(), []);

  const trouble = suggester?.trouble;
  useEffect(() => {
    if (!trouble) return;
    fail("Asking the model", trouble);
    setSuggester(undefined);
    setBy("listed");
  }, [trouble, fail, setSuggester]);

  const none = { value: "", label: "No suggestions" };
  const start = `/projects/${encodeURIComponent(project!)}/versions`;
  const options = [none, ...running.map((m) => ({ value: m.arn, label: `Suggestions: ${m.name}` })), ...(others.data ?? []).map((m) => ({ value: m.arn, label: `Suggestions: ${m.name}` }))];
  return (
    <>
      <Select
        ariaLabel="Model that suggests labels" expandToViewport selectedOption={suggester ? { value: suggester.model.arn, label: `Suggestions: ${suggester.model.name}` } : none} options={options}
        statusType={others.isFetching ? "loading" : "finished"} loadingText="Looking for running models" onFocus={() => setLooking(true)}
        finishedText={options.length === 1 ? "No model is running" : undefined}
        onChange={freed(({ detail }) => use([...running, ...(others.data ?? [])].find((m) => m.arn === detail.selectedOption.value)))}
      />
      {!suggester && running.length === 0 && own?.startable && (
        <Link href={`/console${start}`} onFollow={(e) => { e.preventDefault(); navigate(start); }}>Start a model</Link>
      )}
      {suggester && !progress && (
        <Select
          ariaLabel="Order" expandToViewport selectedOption={orders.find((o) => o.value === by)!} options={orders.filter((o) => o.value !== "wrong" || !boxes || work.rows.some((e) => e.located))}
          onChange={freed(({ detail }) => void arrange(detail.selectedOption.value as Order, suggester))}
        />
      )}
      {progress && (
        <span className="labelling-progress">
          <ProgressBar value={(100 * progress.done) / Math.max(1, progress.of)} ariaLabel="Looking the pictures over" additionalInfo={`Looked at ${progress.done} of ${progress.of}`} />
          <Button variant="inline-link" onClick={freed(() => stop.current?.abort())}>Stop</Button>
        </span>
      )}
    </>
  );
}
