import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { type Query, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { troubleOf } from "../session/remedy";
import { useHolder } from "../session/session";

// useLine listens to what becomes of all the page's questions. A key that is over ends the session even where the page still shows
// what it knew; a server that does not answer is said, for as long as that lasts.
export function useLine(): FlashbarProps.MessageDefinition[] {
  const cache = useQueryClient().getQueryCache();
  const { end } = useHolder();
  const [silent, set] = useState(false);
  useEffect(() => cache.subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") {
      const { over } = troubleOf(event.action.error);
      if (over && event.query.isActive()) return end(over);
    }
    if (event.type === "updated" || event.type === "removed" || event.type === "observerRemoved") set(cache.getAll().some(unanswered));
  }), [cache, end]);
  return silent ? [{ id: "line", type: "warning", header: "The server does not answer", content: "It may be starting again, or the network is down. What is shown may be old; the page tries again by itself." }] : [];
}

const unanswered = (q: Query) => q.isActive() && q.state.fetchFailureCount > 0 && troubleOf(q.state.fetchFailureReason).header === "The server does not answer";
