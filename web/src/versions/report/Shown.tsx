import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { refOf } from "../../datasets/entry";
import { Boxes, type Drawn } from "../../pictures/Boxes";
import { Thumbnail } from "../../pictures/Thumbnail";
import { percent } from "../words";

// Marked is a box on a picture, its sides shares of the picture's.
export interface Marked {
  label: string;
  place: [left: number, top: number, width: number, height: number];
  score?: number; // of what was answered; what is true has none
  bad?: string; // what is bad about it, in a word
}

export interface ShownPicture {
  uri: string;
  marks?: Marked[];
  lines: ReactNode; // what is to say of it
}

const drawn = (marks: Marked[], size: { width: number; height: number }): Drawn[] =>
  marks.map(({ label, place: [left, top, width, height], score, bad }) => ({
    label, left: left * size.width, top: top * size.height, width: width * size.width, height: height * size.height,
    dashed: score !== undefined, note: [bad, score === undefined ? "" : percent(score)].filter(Boolean).join(" "),
  }));

const nameOf = (uri: string) => uri.slice(uri.lastIndexOf("/") + 1);

// Gallery shows pictures with what is to say of each, and one of them large on demand.
export function Gallery({ pictures, first = 24 }: { pictures: ShownPicture[]; first?: number }) {
  const [shown, setShown] = useState(first);
  const [large, setLarge] = useState<number>();
  const one = large === undefined ? undefined : pictures[large];
  return (
    <SpaceBetween size="m">
      <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(min(180px, 44%), 1fr))", gap: 14 }}>
        {pictures.slice(0, shown).map((p, i) => (
          <li key={`${p.uri} ${i}`} style={{ minWidth: 0 }}>
            <button type="button" onClick={() => setLarge(i)} aria-label={`Enlarge ${nameOf(p.uri)}`} style={{ display: "block", width: "100%", padding: 0, border: 0, background: "none", color: "inherit", cursor: "zoom-in", borderRadius: 4 }}>
              <Thumbnail picture={refOf(p.uri)} side={360} alt="" style={{ aspectRatio: "4 / 3", borderRadius: 4 }} over={p.marks && ((size) => <Boxes boxes={drawn(p.marks!, size)} size={size} names={p.marks!.length < 8} />)} />
            </button>
            <Box fontSize="body-s" padding={{ top: "xxs" }}>{p.lines}</Box>
          </li>
        ))}
      </ul>
      {pictures.length > shown && <Button onClick={() => setShown(shown + 48)}>Show {Math.min(48, pictures.length - shown)} more of {pictures.length - shown}</Button>}
      {one && (
        <Modal visible size="max" onDismiss={() => setLarge(undefined)} closeAriaLabel="Close" header={nameOf(one.uri)}
          footer={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={large === 0} onClick={() => setLarge(large! - 1)} iconName="angle-left">Previous</Button>
              <Button disabled={large === pictures.length - 1} onClick={() => setLarge(large! + 1)} iconName="angle-right" iconAlign="right">Next</Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="s">
            <Thumbnail picture={refOf(one.uri)} side={1600} alt={nameOf(one.uri)} style={{ height: "min(62vh, 900px)" }} over={one.marks && ((size) => <Boxes boxes={drawn(one.marks!, size)} size={size} />)} />
            <div>{one.lines}</div>
            {one.marks && <Box color="text-body-secondary" fontSize="body-s">Solid: what is true. Dashed: what the model answered, with its confidence.</Box>}
            <Box color="text-body-secondary" fontSize="body-s"><span style={{ overflowWrap: "anywhere" }}>{one.uri}</span></Box>
          </SpaceBetween>
        </Modal>
      )}
    </SpaceBetween>
  );
}
