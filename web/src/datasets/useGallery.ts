import type { DatasetDescription } from "@aws-sdk/client-rekognition";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useRekognition } from "../session/clients";
import { inProgress } from "./change";
import { type Filter, Listing } from "./listing";

const nothing = { subscribe: () => () => {}, snapshot: () => 0 };

// useGallery lists a dataset through a filter. stale says that the dataset has changed since, not by what this page did: the list
// stays as it is until it is renewed, and does not jump under one's hands. read is when the dataset was described last: what was
// described before it was listed is older than the list, and says nothing of it.
export function useGallery(arn: string | undefined, filter: Filter, dataset: DatasetDescription | null | undefined, read: number) {
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const [listing, set] = useState<Listing>();
  const [round, setRound] = useState(0);
  const [seen, setSeen] = useState<number>();
  const begun = useRef(0);
  const key = JSON.stringify(filter);
  useEffect(() => {
    if (!arn) return;
    begun.current = Date.now();
    const next = new Listing(rekognition, arn, JSON.parse(key) as Filter);
    next.want(200);
    set(next);
    setSeen(undefined);
    void queries.invalidateQueries({ queryKey: ["datasets", "one", arn] });
    return () => next.stop();
  }, [rekognition, queries, arn, key, round]);
  useSyncExternalStore(listing?.subscribe ?? nothing.subscribe, listing?.snapshot ?? nothing.snapshot);

  const updated = inProgress(dataset?.Status) ? undefined : dataset?.LastUpdatedTimestamp?.getTime();
  useEffect(() => {
    if (seen === undefined && read >= begun.current) setSeen(updated);
  }, [seen, updated, read]);
  return {
    listing: listing?.arn === arn ? listing : undefined,
    stale: seen !== undefined && updated !== undefined && updated !== seen,
    renew: useCallback(() => setRound((n) => n + 1), []),
    // mine says that the latest change was made here, and is shown already.
    mine: useCallback((at?: Date) => setSeen(at?.getTime()), []),
  };
}

// countOf is how many entries a filter lets through, where that is known, else how many there are at least.
export function countOf(listing: Listing, filter: Filter, dataset: DatasetDescription, labels: Map<string, number>): number {
  if (listing.done) return listing.length;
  const stats = dataset.DatasetStats;
  const known = filter.name.trim() || inProgress(dataset.Status) ? undefined
    : filter.labels.length === 1 && filter.state === "all" ? labels.get(filter.labels[0]!)
      : filter.labels.length > 0 ? undefined
        : { all: stats?.TotalEntries, labelled: stats?.LabeledEntries, unlabelled: (stats?.TotalEntries ?? 0) - (stats?.LabeledEntries ?? 0), errors: stats?.ErrorEntries, boxes: undefined }[filter.state];
  return Math.max(known ?? 0, listing.length + (known === undefined ? 60 : 0));
}
