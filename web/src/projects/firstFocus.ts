import { useEffect, useRef } from "react";

// useFirstFocus gives the ref of the field that a dialog begins with. A dialog itself begins with its button to close, after which
// the field takes over.
export function useFirstFocus<T extends { focus: () => void }>() {
  const field = useRef<T>(null);
  useEffect(() => {
    const timer = setTimeout(() => field.current?.focus(), 60);
    return () => clearTimeout(timer);
  }, []);
  return field;
}
