import { type Size, within } from "../../pictures/smaller";
import { type Box, labelled, parse, type Ref, scaled, unlabelled, withBoxes } from "../entry";
import { plainLine } from "../exporting";
import type { Dropped } from "./dropped";
import { type Sides, sidesOf } from "./header";
import type { Planned } from "./plan";
import { Problems } from "./problem";
import { mostBytes, mostSide, type Reduction } from "./reducing";
import { bounds } from "./said";
import type { Split } from "./split";

// Ready is a picture that can be used. line is what the dataset is to say of it when it lies at a place in S3.
export interface Ready {
  picture?: Dropped;
  smaller?: Reduction; // it is larger than the service takes, and line speaks of what is made of it
  ref?: Ref; // of one that lies in S3 already
  split: Split;
  labels: string[]; // of the whole picture or of its boxes, to be counted
  said: boolean; // something is said of it
  line: (at: Ref) => string;
}

// What the service takes, too.
const leastSide = 64, mostRatio = 20, mostBoxes = 50, mostLabels = 50;

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
  const smaller = reductionOf(p.picture, sides!);
  const picture = { picture: p.picture, smaller, split: p.split };
  if (p.line) return { ...picture, labels: named(p, labels), said: true, line: (at) => plainLine({ ...(smaller ? scaled(p.line!.source, smaller.from, smaller.to) : p.line!.source), "source-ref": `s3://${at.bucket}/${at.key}` }) };
  if (!p.boxes) return { ...picture, labels, said: labels.length > 0, line: (at) => labelled(at, labels) };
  if (p.drawnOn && (p.drawnOn.width !== sides!.width || p.drawnOn.height !== sides!.height)) {
    const turned = p.drawnOn.width === sides!.stored.width && p.drawnOn.height === sides!.stored.height;
    problems.tell({
      file: p.file, text: `${p.picture.path} has ${sides!.width} x ${sides!.height} pixels, and its boxes were drawn on ${p.drawnOn.width} x ${p.drawnOn.height}`,
      remedy: turned ? "draw them on the upright picture: its EXIF orientation turns it" : "give the picture that they were drawn on",
    });
    return undefined;
  }
  const size = smaller?.to ?? sides!;
  const boxes = fitted(p, sides!, size, problems);
  return { ...picture, labels: [...new Set(boxes.map((b) => b.label))], said: true, line: (at) => withBoxes(parse(unlabelled(at)), size, boxes) };
}

const named = (p: Planned, labels: string[]) => [...new Set([...labels, ...(p.boxes ?? []).map((b) => b.label)])];

// reductionOf tells of a picture that is larger than the service takes how large it is to be made.
function reductionOf(d: Dropped, { width, height }: Sides): Reduction | undefined {
  if (d.file.size <= mostBytes && Math.max(width, height) <= mostSide) return undefined;
  return { from: { width, height }, to: within({ width, height }, mostSide) };
}

function refusal(d: Dropped, sides: Sides | undefined): { text: string; remedy: string } | undefined {
  if (!sides) return { text: "it is neither a JPEG nor a PNG picture, or is broken", remedy: "save it again as JPEG or PNG" };
  const least = Math.min(sides.width, sides.height), most = Math.max(sides.width, sides.height);
  const text = `it has ${sides.width} x ${sides.height} pixels`;
  if (least < leastSide) return { text, remedy: `sides need at least ${leastSide} pixels` };
  if (most > mostRatio * least) return { text, remedy: `it may be up to ${mostRatio} times as long as wide; cut it` };
  if (new TextEncoder().encode(d.path).length > 900) return { text: "its path is too long", remedy: "use shorter names of folders and files" };
  return undefined;
}

// fitted gives boxes in pixels inside of the picture, which is uploaded at a size. Tools let boxes reach over the edge a little: that is
// cut off.
function fitted(p: Planned, drawnOn: Sides, size: Size, problems: Problems): Box[] {
  const [x, y] = p.shares ? [size.width, size.height] : [size.width / drawnOn.width, size.height / drawnOn.height];
  const list: Box[] = [];
  p.boxes!.forEach((b, i) => {
    const left = Math.max(0, b.left * x), top = Math.max(0, b.top * y);
    const right = Math.min(size.width, (b.left + b.width) * x), bottom = Math.min(size.height, (b.top + b.height) * y);
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
