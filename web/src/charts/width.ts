import { useSyncExternalStore } from "react";

// useWide says whether the window is at least so many pixels wide.
export function useWide(pixels: number): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener("resize", changed);
      return () => window.removeEventListener("resize", changed);
    },
    () => window.innerWidth >= pixels,
  );
}
