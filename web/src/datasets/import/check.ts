import { type Box, parse, type Ref, unlabelled, withBoxes, withLabels } from "../entry";
import { plainLine } from "../exporting";
import type { Dropped } from "./dropped";
import { type Sides, sidesOf } from "./header";
import type { Planned } from "./plan";
import { Problems } from "./problem";
import { bounds } from "./said";
import type { Split } from "./split";

// Ready is a picture that can be used. line is what the dataset is to say of it when it lies at a place in S3.
export interface Ready {
  picture?: Dropped;
  ref?: Ref; // of one that lies in S3 already
  split: Split;
  labels: string[]; // of the whole picture or of its boxes, to be counted
  said: boolean; // something is said of it
  line: (at: Ref) => string;
}

// What the service takes.
const mostBytes = 15 << 20, leastSide = 64, mostSide = 4096, mostRatio = 20, mostBoxes = 50, mostLabels = 50;

const atATime = 8;

// check looks at every picture's beginning, and sorts out what the service would refuse.
export async function check(pictures: Planned[], problems: Problems, progress: (done: number) => void, signal: AbortSignal): Promise<Ready[]> {
  const ready: (Ready | undefined)[] = new Array(pictures.length);
  let next = 0, done = 0;
  const worker = async () => {
    while (next < pictures.length) {
      if (signal.aborted) throw signal.reason;
      const i = next++;
      ready[i] = await judge(pictures[i]!, problems);
      if (++done % 50 === 0 || done === pictures.length) progress(done);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return ready.filter((r) => r !== undefined);
}

async function judge(p: Planned, problems: Problems): Promise<Ready | undefined> {
  const long = p.labels.find((l) => l.length > bounds.label);
  if (long) problems.tell({ file: p.file, text: `the label ${JSON.stringify(long.slice(0, 40))}... has ${long.length} characters`, remedy: "give it a name of 1 to 255 characters" });
  if (p.labels.length > mostLabels) problems.tell({ file: p.file, text: `${p.labels.length} labels on a picture`, remedy: `the first ${mostLabels} are taken` });
  const labels = p.labels.filter((l) => l.length <= bounds.label).slice(0, mostLabels);
  if (!p.picture) return { ref: p.line!.ref, split: p.split, labels: named(p, labels), said: true, line: () => plainLine(p.line!.source) };
  const sides = await sidesOf(p.picture.file).catch(() => undefined);
  const refused = refusal(p.picture, sides);
  if (refused) {
    problems.tell({ file: p.picture.path, ...refused });
    return undefined;
  }
  if (p.line) return { picture: p.picture, split: p.split, labels: named(p, labels), said: true, line: (at) => plainLine({ ...p.line!.source, "source-ref": `s3://${at.bucket}/${at.key}` }) };
  if (!p.boxes) {
    return { picture: p.picture, split: p.split, labels, said: labels.length > 0, line: (at) => (labels.length > 0 ? withLabels(parse(unlabelled(at)), labels) : unlabelled(at)) };
  }
  if (p.drawnOn && (p.drawnOn.width !== sides!.width || p.drawnOn.height !== sides!.height)) {
    const turned = p.drawnOn.width === sides!.stored.width && p.drawnOn.height === sides!.stored.height;
    problems.tell({
      file: p.file, text: `${p.picture.path} has ${sides!.width} x ${sides!.height} pixels, and its boxes were drawn on ${p.drawnOn.width} x ${p.drawnOn.height}`,
      remedy: turned ? "draw them on the upright picture: its EXIF orientation turns it" : "give the picture that they were drawn on",
    });
    return undefined;
  }
  const boxes = fitted(p, sides!, problems);
  return { picture: p.picture, split: p.split, labels: [...new Set(boxes.map((b) => b.label))], said: true, line: (at) => withBoxes(parse(unlabelled(at)), sides!, boxes) };
}

const named = (p: Planned, labels: string[]) => [...new Set([...labels, ...(p.boxes ?? []).map((b) => b.label)])];

function refusal(d: Dropped, sides: Sides | undefined): { text: string; remedy: string } | undefined {
  if (d.file.size > mostBytes) return { text: `it has ${(d.file.size / (1 << 20)).toFixed(1)} MB`, remedy: "pictures may have up to 15 MB; save it smaller" };
  if (!sides) return { text: "it is neither a JPEG nor a PNG picture, or is broken", remedy: "save it again as JPEG or PNG" };
  const least = Math.min(sides.width, sides.height), most = Math.max(sides.width, sides.height);
  const text = `it has ${sides.width} x ${sides.height} pixels`;
  if (most > mostSide) return { text, remedy: `sides may have up to ${mostSide} pixels; scale it down` };
  if (least < leastSide) return { text, remedy: `sides need at least ${leastSide} pixels` };
  if (most > mostRatio * least) return { text, remedy: `it may be up to ${mostRatio} times as long as wide; cut it` };
  if (new TextEncoder().encode(d.path).length > 900) return { text: "its path is too long", remedy: "use shorter names of folders and files" };
  return undefined;
}

// fitted gives boxes in whole pixels inside of the picture. Tools let boxes reach over the edge a little: that is cut off.
function fitted(p: Planned, sides: Sides, problems: Problems): Box[] {
  const [x, y] = p.shares ? [sides.width, sides.height] : [1, 1];
  const list: Box[] = [];
  p.boxes!.forEach((b, i) => {
    const left = Math.max(0, b.left * x), top = Math.max(0, b.top * y);
    const right = Math.min(sides.width, (b.left + b.width) * x), bottom = Math.min(sides.height, (b.top + b.height) * y);
    const inside = Math.max(0, right - left) * Math.max(0, bottom - top);
    if (right - left <= 1 || bottom - top <= 1 || inside * 2 < b.width * x * b.height * y) {
      problems.tell({ file: p.file, text: `${p.picture!.path}, box ${i + 1}: it is too small, or outside of the picture`, remedy: "draw the box inside the picture" });
      return;
    }
    list.push({ label: b.label, left, top, width: right - left, height: bottom - top });
  });
  if (list.length > mostBoxes) problems.tell({ file: p.file, text: `${p.picture!.path} has ${list.length} boxes`, remedy: `a picture may have ${mostBoxes}, and the first are taken; cut the picture into several` });
  return list.slice(0, mostBoxes);
}
