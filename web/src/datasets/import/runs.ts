import { useEffect, useSyncExternalStore } from "react";
import { useRekognition, useS3 } from "../../session/clients";
import { useHolder, useSession } from "../../session/session";
import { type Order, type Progress, Run } from "./run";

// Runs live as long as the tab: one for a project of an account and region. Pages come and go.
const runs = new Map<string, Run>();
const listeners = new Set<() => void>();

function put(key: string, run?: Run) {
  if (run) runs.set(key, run);
  else runs.delete(key);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

const nothing = () => () => {};

// A tab is not closed on an upload by accident.
window.addEventListener("beforeunload", (event) => {
  if ([...runs.values()].some((r) => r.going)) event.preventDefault();
});

// useRun gives the run of a project and the ways to begin, repeat and forget one.
export function useRun(project: string): { run?: Run; progress?: Progress; begin: (order: Order) => void; retry: () => void; clear: () => void } {
  const rekognition = useRekognition(), s3 = useS3();
  const { account, region } = useSession();
  const { end } = useHolder();
  const key = `${account} ${region} ${project}`;
  const run = useSyncExternalStore(subscribe, () => runs.get(key));
  const progress = useSyncExternalStore(run?.subscribe ?? nothing, () => run?.progress);
  useEffect(() => run?.use({ rekognition, s3 }), [run, rekognition, s3]);
  // Whoever has signed in again meanwhile has unlocked it just now, in the effect before.
  useEffect(() => {
    const why = run?.progress.locked;
    if (why) end(`${why} The upload of ${run.order.name} goes on where it is.`);
  }, [run, progress?.locked, end]);
  const start = (next: Run) => {
    put(key, next);
    void next.start();
  };
  return { run, progress, begin: (order) => start(new Run(order, { rekognition, s3 })), retry: () => run && start(run.retry()), clear: () => put(key) };
}
