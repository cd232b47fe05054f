import { applyMode, Mode } from "@cloudscape-design/global-styles";

// Theme follows the system unless the person has chosen.
export type Theme = "system" | "light" | "dark";

const storageKey = "ownsight.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function choose(t: Theme) {
  localStorage.setItem(storageKey, t);
  apply();
}

export function apply() {
  const t = theme();
  const dark = t === "dark" || (t === "system" && system.matches);
  applyMode(dark ? Mode.Dark : Mode.Light);
  // What lies around the components: the page itself, scroll bars, and what the browser draws.
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  document.body.style.background = dark ? "#161d26" : "#ffffff";
}

system.addEventListener("change", apply);
