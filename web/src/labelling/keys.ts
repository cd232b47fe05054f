import { useEffect, useRef } from "react";

// Digits first, then the letters that no command has, then these with Shift.
const free = [..."123456789", ..."adfhilmopqrtvwxyz", ..."ADFHILMOPQRTVWXYZ"];

// keyOf is the key that sets the label of a place in the list; the last of very many have none.
export function keyOf(place: number): string | undefined {
  return free[place];
}

export function placeOf(key: string): number {
  return free.indexOf(key);
}

const repeats = /^(Arrow.*|Page.*|[jk+=,.-])$/;

// typing says that a key belongs to what has the focus, such as a field or an open list.
function typing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (target.closest(".labelling-many")) return false;
  if (target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=listbox], [role=menu], [role=combobox], [aria-haspopup]")) return true;
  if (event.key === "Enter" || event.key === " ") return target.closest("button, a, input, [role=button]") !== null;
  return event.key.startsWith("Arrow") && target.closest("[role=toolbar], [role=radiogroup]") !== null;
}

// useKeys gives every key that is nobody else's to a page. The page says whether it took it.
export function useKeys(took: (event: KeyboardEvent) => boolean) {
  const latest = useRef(took);
  latest.current = took;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || typing(event) || document.querySelector("[role=dialog]:not([hidden])")) return;
      // A key that is held down goes through pictures; it does not label them one after the other.
      if ((event.repeat && !repeats.test(event.key)) || latest.current(event)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

// freed gives the keys back to the pictures, once something was chosen.
export function freed<T extends unknown[]>(act: (...args: T) => void): (...args: T) => void {
  return (...args) => {
    act(...args);
    setTimeout(() => (document.activeElement as HTMLElement | null)?.blur());
  };
}
