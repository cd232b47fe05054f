import { createContext, useContext, useSyncExternalStore } from "react";
import type { Ahead } from "./ahead";
import type { Listing } from "./listing";
import type { Review } from "./review";
import type { Suggester } from "./suggest";
import type { Work } from "./work";

// Desk is what all parts of the page work with.
export interface Desk {
  work: Work;
  listing: Listing;
  ahead: Ahead;
  suggester?: Suggester;
  review?: Review; // where a report's likely wrong labels are gone through
  labels: string[];
  addLabel: (name: string) => void;
  // total is how many pictures there are to be shown, read or not.
  total: number;
  // several says that a picture may have more than one label.
  several: boolean;
  setSeveral: (on: boolean) => void;
  help: () => void;
}

const Context = createContext<Desk | null>(null);

export const DeskProvider = Context.Provider;

export function useDesk(): Desk {
  const desk = useContext(Context);
  if (!desk) throw new Error("no DeskProvider around");
  return desk;
}

const silent = { subscribe: () => () => {}, version: 0 };

// useChanges renders again whenever one of these changes.
export function useChanges(source: { subscribe: (heard: () => void) => () => void; version: number } = silent): number {
  return useSyncExternalStore(source.subscribe, () => source.version);
}
