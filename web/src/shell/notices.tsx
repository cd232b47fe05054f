import Box from "@cloudscape-design/components/box";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { troubleOf } from "../session/remedy";
import { useHolder } from "../session/session";
import { useLine } from "./line";

// Notices are what has happened, above the page: they stay until they are dismissed or replaced by one of the same id.
interface Notices {
  items: FlashbarProps.MessageDefinition[];
  say: (notice: FlashbarProps.MessageDefinition & { id: string }) => void;
  unsay: (id: string) => void;
  // fail shows what was thrown, with its remedy.
  fail: (doing: string, thrown: unknown) => void;
}

const Context = createContext<Notices | null>(null);

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, set] = useState<FlashbarProps.MessageDefinition[]>([]);
  const { session, end } = useHolder();
  // What has happened in one account is nothing to whoever signs in to another.
  const owner = useRef(session?.account);
  useEffect(() => {
    if (!session || session.account === owner.current) return;
    set([]);
    owner.current = session.account;
  }, [session]);
  const unsay = useCallback((id: string) => set((list) => list.filter((n) => n.id !== id)), []);
  const say = useCallback<Notices["say"]>(
    (notice) =>
      set((list) => [
        { dismissible: true, dismissLabel: "Dismiss", onDismiss: () => unsay(notice.id), ...notice },
        ...list.filter((n) => n.id !== notice.id),
      ].slice(0, 8)),
    [unsay],
  );
  const fail = useCallback(
    (doing: string, thrown: unknown) => {
      const trouble = troubleOf(thrown);
      if (trouble.over) {
        end(trouble.over);
        return;
      }
      say({
        id: `fail ${doing}`,
        type: "error",
        header: `${doing}: ${trouble.header.toLowerCase()}`,
        content: (
          <>
            {trouble.text} {trouble.remedy}
            {trouble.requestId && <Box variant="small" display="block">Request {trouble.requestId}</Box>}
          </>
        ),
      });
    },
    [say, end],
  );
  const value = useMemo(() => ({ items, say, unsay, fail }), [items, say, unsay, fail]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error("no NoticesProvider around");
  return notices;
}

export function NoticeBar() {
  return <Flashbar items={[...useLine(), ...useNotices().items]} />;
}
