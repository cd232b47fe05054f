import type { DatasetStats } from "@aws-sdk/client-rekognition";
import Spinner from "@cloudscape-design/components/spinner";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { uriOf } from "../datasets/entry";
import { useRekognition, useS3 } from "../session/clients";
import { Failure } from "../shell/Failure";
import { Ahead } from "./ahead";
import { BoxDesk } from "./BoxDesk";
import { type Desk, DeskProvider, useChanges } from "./desk";
import type { Order } from "./doubt";
import { Help } from "./Help";
import { freed } from "./keys";
import { byName, type Known, madeLabels, rememberLabels } from "./labels";
import { Listing, type Only } from "./listing";
import { Many } from "./Many";
import { outboxOf } from "./outbox";
import type { Review } from "./review";
import { Refused } from "./SaveState";
import type { Suggester } from "./suggest";
import { Toolbar } from "./Toolbar";
import { Whole } from "./Whole";
import { Work } from "./work";

export type Mode = "whole" | "many" | "boxes";

export interface Labelled extends Known {
  arn: string;
  projectArn: string;
  stats?: DatasetStats;
}

interface Props {
  dataset: Labelled;
  type: string;
  only: Only;
  label?: string;
  start?: string; // the picture to begin with
  first: Order;
  review?: Review; // of whose pictures alone
  select: (name: string, value: string | undefined) => void;
}

interface Opened {
  work: Work;
  listing: Listing;
  ahead: Ahead;
}

// Bench opens a dataset's pictures and gives the desks to work at.
export function Bench({ dataset, type, only, label, start, first, review, select }: Props) {
  const rekognition = useRekognition();
  const s3 = useS3();
  const queries = useQueryClient();
  const outbox = outboxOf(dataset.arn);
  const [opened, setOpened] = useState<Opened>();
  const [thrown, setThrown] = useState<unknown>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    const gone = new AbortController();
    const work = new Work(outbox), listing = new Listing(rekognition, dataset.arn, { only, label, pictures: review?.pictures }, work), ahead = new Ahead(s3);
    setThrown(undefined);
    const open = async () => {
      await outbox.connect(rekognition);
      await listing.upTo(200, gone.signal);
      const row = start ? await listing.find(start, gone.signal) : undefined;
      if (gone.signal.aborted) return;
      if (row !== undefined) work.go(row);
      else if (review) work.go(Math.max(0, work.rows.findIndex((e) => review.open(e))));
      setOpened({ work, listing, ahead });
    };
    open().catch((t) => gone.signal.aborted || setThrown(t));
    return () => {
      gone.abort();
      ahead.close();
      setOpened(undefined);
    };
    // where to start is not a reason to start again
  }, [outbox, rekognition, s3, dataset.arn, only, label, review, round]); // eslint-disable-line

  // Other pages show what was done here.
  useEffect(() => () => void outbox.saved().then(() => queries.invalidateQueries()), [outbox, queries]);

  if (thrown) return <Failure of="The pictures" thrown={thrown} retry={() => setRound(round + 1)} />;
  if (!opened) return <Spinner size="large" />;
  return <Desks opened={opened} dataset={dataset} type={type} only={only} label={label} first={first} review={review} select={select} reload={() => setRound(round + 1)} />;
}

// stored is a choice that this browser remembers for a dataset.
function useStored<T extends string>(arn: string, name: string, initial: T): [T, (value: T) => void] {
  const key = `ownsight.labelling ${name} ${arn}`;
  const [value, set] = useState(() => (localStorage.getItem(key) as T | null) ?? initial);
  const choose = useCallback((next: T) => { localStorage.setItem(key, next); set(next); }, [key]);
  return [value, choose];
}

function Desks({ opened, dataset, type, only, label, first, review, select, reload }: Omit<Props, "start"> & { opened: Opened; reload: () => void }) {
  const { work, listing, ahead } = opened;
  useChanges(work);
  const [mode, setMode] = useStored<Mode>(dataset.arn, review ? "review" : "mode", (review?.boxed ?? dataset.boxed) ? "boxes" : "whole");
  const [several, setSeveral] = useStored<"yes" | "no">(dataset.arn, "several", work.rows.some((e) => e.labels.length > 1) ? "yes" : "no");
  const [made, setMade] = useState(() => madeLabels(dataset.projectArn));
  const [helping, setHelping] = useState(false);
  const [suggester, setSuggester] = useState<Suggester>();
  const page = useRef<HTMLDivElement>(null);
  usePlace(work);
  useLayoutEffect(() => {
    const measure = () => page.current?.style.setProperty("--above", `${page.current.getBoundingClientRect().top + window.scrollY}px`);
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(document.body);
    return () => sizes.disconnect();
  }, []);

  // Labels that are new here come last, so that no key moves.
  const labels = useMemo(() => {
    const extra = new Set([...made, ...work.rows.flatMap((e) => [...e.labels, ...e.boxes.map((b) => b.label)])]);
    for (const l of dataset.labels) extra.delete(l);
    const late = made.filter((l) => extra.delete(l));
    return [...dataset.labels, ...late, ...[...extra].sort(byName)];
  }, [dataset.labels, made, work]);

  const total = listing.complete ? work.rows.length : Math.max(work.rows.length, review?.pictures.length ?? expected(dataset.stats, only, label) ?? 0);
  const desk = useMemo<Desk>(() => ({
    work, listing, ahead, suggester, review, labels, total, several: several === "yes", setSeveral: (on) => setSeveral(on ? "yes" : "no"), help: () => setHelping(true),
    addLabel: (name) => {
      if (labels.includes(name)) return;
      setMade((before) => {
        const next = [...before, name];
        rememberLabels(dataset.projectArn, next);
        return next;
      });
    },
  }), [work, listing, ahead, suggester, review, labels, total, several, setSeveral, dataset.projectArn]);

  return (
    <DeskProvider value={desk}>
      <div ref={page} className="labelling">
        <Toolbar
          title={type === "test" ? "Label test pictures" : "Label training pictures"} projectArn={dataset.projectArn} arn={dataset.arn} mode={mode} setMode={setMode}
          setSuggester={setSuggester} only={only} label={label} first={first} select={select}
        />
        <Refused outbox={work.outbox} reload={reload} />
        {mode === "whole" ? <Whole /> : mode === "boxes" ? <BoxDesk /> : <Many open={(at) => { work.go(at); setMode("whole"); }} />}
        {helping && <Help close={freed(() => setHelping(false))} />}
      </div>
    </DeskProvider>
  );
}

function expected(stats: DatasetStats | undefined, only: Only, label: string | undefined): number | undefined {
  if (!stats || label) return undefined;
  if (only === "all") return stats.TotalEntries;
  if (only === "errors") return stats.ErrorEntries;
  return only === "labelled" ? stats.LabeledEntries : (stats.TotalEntries ?? 0) - (stats.LabeledEntries ?? 0);
}

// usePlace keeps the page's address at the picture that is shown, so that a reload comes back to it.
function usePlace(work: Work) {
  const { entry } = work;
  useEffect(() => {
    const timer = setTimeout(() => {
      const url = new URL(window.location.href);
      if (entry) url.searchParams.set("at", uriOf(entry.ref));
      else url.searchParams.delete("at");
      window.history.replaceState(window.history.state, "", url);
    }, 400);
    return () => clearTimeout(timer);
  }, [entry]);
}
