import { useEffect, useMemo, useRef, useState } from "react";
import type { Listing } from "./listing";

// Selection is which entries of a listing are chosen, by their places in it.
export interface Selection {
  size: number;
  has: (i: number) => boolean;
  list: () => number[];
  toggle: (i: number) => void;
  from: (i: number) => void; // where the next extension begins
  extend: (i: number) => void;
  all: () => void;
  clear: () => void;
}

export function useSelection(listing: Listing | undefined, selectAll: () => void): Selection {
  const [chosen, set] = useState<ReadonlySet<number>>(new Set());
  const anchor = useRef(0);
  const all = useRef(selectAll);
  all.current = selectAll;
  useEffect(() => set(new Set()), [listing]);
  return useMemo(
    () => ({
      size: chosen.size,
      has: (i) => chosen.has(i),
      list: () => [...chosen].sort((a, b) => a - b),
      toggle: (i) => {
        anchor.current = i;
        set((before) => {
          const next = new Set(before);
          if (!next.delete(i)) next.add(i);
          return next;
        });
      },
      from: (i) => void (anchor.current = i),
      extend: (i) =>
        set((before) => {
          const next = new Set(before);
          for (let k = Math.min(anchor.current, i); k <= Math.max(anchor.current, i); k++) next.add(k);
          return next;
        }),
      all: () => {
        if (!listing) return;
        all.current();
        void listing.all().then(() => set(new Set(Array.from({ length: listing.length }, (_, i) => i))), () => {}); // the page shows what was thrown
      },
      clear: () => set(new Set()),
    }),
    [chosen, listing],
  );
}
