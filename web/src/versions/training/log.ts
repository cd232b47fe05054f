import { useEffect, useState } from "react";
import type { Version } from "../version";

// A training tells by StatusMessage what it is doing. What was seen of it is kept in the browser, so that a reload loses
// nothing; what happened while nobody looked is not known.

export const stages = ["Reading the datasets", "Waiting for its turn", "Looking at the pictures", "Learning", "Asking about the test pictures", "Writing the report"] as const;

export interface Now {
  stage: number; // index into stages
  what: string;
  done?: number;
  of?: number;
  left?: number; // seconds
}

export interface Step {
  at: number; // milliseconds
  stage: number;
  what: string;
  points: [at: number, share: number][]; // how much of it was done when
}

const beginning = /^The model is being trained(?:: )?/;

const seconds = (go: string) => [...go.matchAll(/([\d.]+)(h|m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1), 0);

function stageOf(what: string): number {
  if (/dataset/.test(what) || what === "") return 0;
  if (/waiting|problem came up/.test(what)) return 1;
  if (/look(ing|ed)/.test(what)) return 2;
  if (/test pictures|writing the model/.test(what)) return 4;
  return /report/.test(what) ? 5 : 3;
}

// told takes a StatusMessage apart.
export function told(message: string): Now {
  const text = message.replace(beginning, "").replace(/\.$/, "");
  const counted = / ?,? (\d+) of (\d+)/.exec(text);
  const left = /about ([\dhms.]+) left/.exec(text);
  const what = text.replace(/,? \d+ of \d+.*$/, "").replace(/,? about [\dhms.]+ left.*$/, "");
  return { stage: stageOf(what), what, done: counted ? Number(counted[1]) : undefined, of: counted ? Number(counted[2]) : undefined, left: left ? seconds(left[1]!) : undefined };
}

// shareOf is how much of what goes on is done: counted, or from the time it has taken and the time it is said to take.
export function shareOf(now: Now, since: number, at: number): number | undefined {
  if (now.of) return Math.min(1, now.done! / now.of);
  if (now.left === undefined) return undefined;
  const took = Math.max(0, at - since) / 1000;
  return took / (took + now.left || 1);
}

const most = 400; // steps, and points of each

function add(steps: Step[], now: Now, at: number): Step[] {
  const list = [...steps];
  let last = list.at(-1);
  if (!last || last.what !== now.what || last.stage !== now.stage) {
    last = { at, stage: now.stage, what: now.what, points: [] };
    list.push(last);
  }
  const share = shareOf(now, last.at, at);
  if (share !== undefined) {
    const points = last.points.length >= most ? last.points.filter((_, i) => i % 2 === 0) : last.points;
    list[list.length - 1] = { ...last, points: [...points, [at, Math.max(share, points.at(-1)?.[1] ?? 0)]] };
  }
  return list.slice(-most);
}

// useLog gives what was seen of a training so far.
export function useLog(v: Version): { now: Now; steps: Step[] } {
  const key = `ownsight.training ${v.ProjectVersionArn}`;
  const [steps, set] = useState<Step[]>(() => JSON.parse(localStorage.getItem(key) ?? "[]") as Step[]);
  const message = v.StatusMessage ?? "";
  useEffect(() => {
    if (v.Status !== "TRAINING_IN_PROGRESS") return;
    set((before) => {
      const after = add(before, told(message), Date.now());
      localStorage.setItem(key, JSON.stringify(after));
      return after;
    });
  }, [key, message, v.Status]);
  return { now: told(message), steps };
}

// forget drops what was kept of a training that is over.
export const forget = (v: Version) => localStorage.removeItem(`ownsight.training ${v.ProjectVersionArn}`);
