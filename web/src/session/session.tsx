import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

// Session is who has signed in. It lives in this tab alone: a reload keeps it, closing the tab ends it.
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region: string;
  account: string;
  arn: string;
}

const storageKey = "ownsight.session";

interface Holder {
  session: Session | null;
  begin: (s: Session) => void;
  // end forgets the key. A reason is shown on the page to sign in.
  end: (reason?: string) => void;
  reason?: string;
}

const Context = createContext<Holder | null>(null);

function stored(): Session | null {
  try {
    const s = JSON.parse(sessionStorage.getItem(storageKey) ?? "null") as Session | null;
    return s && s.accessKeyId && s.secretAccessKey && s.region ? s : null;
  } catch {
    return null;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, set] = useState(stored);
  const [reason, setReason] = useState<string>();
  const holder = useMemo<Holder>(
    () => ({
      session,
      reason,
      begin: (s) => {
        sessionStorage.setItem(storageKey, JSON.stringify(s));
        setReason(undefined);
        set(s);
      },
      end: (why) => {
        sessionStorage.removeItem(storageKey);
        setReason(why);
        set(null);
      },
    }),
    [session, reason],
  );
  return <Context.Provider value={holder}>{children}</Context.Provider>;
}

export function useHolder(): Holder {
  const holder = useContext(Context);
  if (!holder) throw new Error("no SessionProvider around");
  return holder;
}

// useSession is for pages that only those who have signed in can see.
export function useSession(): Session {
  const { session } = useHolder();
  if (!session) throw new Error("nobody has signed in");
  return session;
}
