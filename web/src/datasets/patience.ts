import { troubleOf } from "../session/remedy";

export const pause = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener("abort", stopped);
      resolve();
    }
    function stopped() {
      clearTimeout(timer);
      reject(signal!.reason);
    }
    signal?.addEventListener("abort", stopped, { once: true });
  });

const mostFaults = 30; // a server that answers, but with a fault, gets a minute
const between = 2000;

// patiently does something that may be done twice, and again while the server does not answer: it may be starting again. waiting is
// told when that is so, and when it is over.
export async function patiently<T>(act: () => Promise<T>, waiting: (for_: boolean) => void, signal?: AbortSignal): Promise<T> {
  let told = false;
  for (let faults = 0; ; ) {
    try {
      const got = await act();
      if (told) waiting(false);
      return got;
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      const silent = isSilence(thrown);
      if (!silent && (!isFault(thrown) || ++faults > mostFaults)) {
        if (told) waiting(false);
        throw thrown;
      }
      if (!told) waiting(true);
      told = true;
      await pause(between, signal);
    }
  }
}

export const isSilence = (thrown: unknown) => troubleOf(thrown).header === "The server does not answer";

const isFault = (thrown: unknown) => ((thrown as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode ?? 0) >= 500;
