import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { count, counted } from "../amounts";
import { check, type Ready } from "./check";
import { type Dropped, fromInput, rootsOf, walk } from "./dropped";
import { forget, interrupted } from "./interrupted";
import { type Plan, planOf } from "./plan";
import { Preview } from "./Preview";
import { useRun } from "./runs";
import { Uploading } from "./Uploading";

type State = { at: "empty"; why?: string } | { at: "reading"; found: number; of?: number } | { at: "read"; plan: Plan; ready: Ready[] };

// Upload takes files by dropping or choosing, shows what they are, and how far their upload is.
export function Upload({ project, into = "train", title = "Add pictures", first = false, extra }: {
  project: string; into?: "train" | "test"; title?: string; first?: boolean; extra?: ReactNode;
}) {
  const { run, begin } = useRun(project);
  const [state, set] = useState<State>({ at: "empty" });
  const reading = useRef<AbortController>();
  useEffect(() => () => reading.current?.abort(), []);
  // What is dropped anywhere on the page is shown here.
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (state.at === "reading") place.current?.scrollIntoView({ block: "nearest" });
    if (state.at === "read") place.current?.scrollIntoView({ block: "start" });
  }, [state.at]);

  async function read(list: (found: (n: number) => void) => Promise<Dropped[]>) {
    const stop = (reading.current = new AbortController());
    set({ at: "reading", found: 0 });
    try {
      const files = await list((found) => set({ at: "reading", found }));
      const plan = await planOf(files);
      const ready = await check(plan.pictures, plan.problems, (found) => !stop.signal.aborted && set({ at: "reading", found, of: plan.pictures.length }), stop.signal);
      const [first] = plan.problems.list;
      if (plan.pictures.length === 0) set({ at: "empty", why: `There are no JPEG or PNG pictures among ${counted(files.length, "file")}. ${first ? `${first.file}: ${first.text}; ${first.remedy}.` : "Drop a folder of pictures, or a manifest."}` });
      else set({ at: "read", plan, ready });
    } catch (thrown) {
      if (!stop.signal.aborted) set({ at: "empty", why: (thrown as Error).message });
    }
  }

  if (run?.going) return <Uploading project={project} />;
  return (
    <SpaceBetween size="m">
      <Uploading project={project} />
      <div ref={place} style={{ scrollMarginTop: 70 }}>
        <Container header={<Header variant="h2" actions={extra}>{title}</Header>}>
          {state.at === "empty" && <Dropzone project={project} first={first} why={state.why} read={read} />}
          {state.at === "reading" && (
            <SpaceBetween size="s">
              <ProgressBar
                label={state.of ? "Checking the pictures" : "Reading the folder"}
                value={state.of ? (100 * state.found) / state.of : 0}
                additionalInfo={state.of ? `${count(state.found)} of ${count(state.of)}` : `${counted(state.found, "file")} so far`}
              />
              <Button onClick={() => { reading.current?.abort(); set({ at: "empty" }); }}>Cancel</Button>
            </SpaceBetween>
          )}
          {state.at === "read" && (
            <Preview project={project} plan={state.plan} ready={state.ready} into={into} cancel={() => set({ at: "empty" })} begin={(order) => { set({ at: "empty" }); begin(order); }} />
          )}
        </Container>
      </div>
    </SpaceBetween>
  );
}

function Dropzone({ project, first, why, read }: { project: string; first: boolean; why?: string; read: (list: (found: (n: number) => void) => Promise<Dropped[]>) => void }) {
  const [over, setOver] = useState(false);
  const folder = useRef<HTMLInputElement>(null), files = useRef<HTMLInputElement>(null);
  const [before, setBefore] = useState(() => interrupted(project));
  const take = useRef(read);
  take.current = read;
  // The whole page takes what is dropped: beside the frame the browser would open the picture in place of the console.
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(event.type === "dragover");
      const roots = event.type === "drop" ? rootsOf(event.dataTransfer) : [];
      if (roots.length > 0) take.current((found) => walk(roots, found));
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    window.addEventListener("dragover", drag);
    window.addEventListener("drop", drag);
    window.addEventListener("dragleave", leave);
    return () => {
      window.removeEventListener("dragover", drag);
      window.removeEventListener("drop", drag);
      window.removeEventListener("dragleave", leave);
    };
  }, []);
  const choose = (input: HTMLInputElement) => {
    const list = fromInput(input.files!);
    input.value = "";
    if (list.length > 0) read(() => Promise.resolve(list));
  };
  return (
    <SpaceBetween size="m">
      {before && (
        <Alert type="info" dismissible dismissAriaLabel="Forget it" onDismiss={() => { forget(project); setBefore(undefined); }} header={`The upload of ${before.name} was interrupted`}>
          Drop the same {before.name.endsWith("files") ? "files" : "folder"} once more: it goes on where it ended.
        </Alert>
      )}
      {why && <Alert type="warning" header="Nothing can be used">{why}</Alert>}
      <div
        style={{ border: `2px dashed ${over ? "#4aa8ff" : "rgba(127,127,127,.5)"}`, background: over ? "rgba(74,168,255,.12)" : undefined, borderRadius: 12, padding: "28px 16px", textAlign: "center" }}
      >
        <SpaceBetween size="s" alignItems="center">
          <Box fontSize="heading-m">Drag a folder or pictures here</Box>
          <div style={{ display: "flex", flexWrap: "wrap", justifyContent: "center", gap: 8 }}>
            <Button variant={first ? "primary" : "normal"} iconName="folder-open" onClick={() => folder.current!.click()}>Choose a folder</Button>
            <Button iconName="upload" onClick={() => files.current!.click()}>Choose files</Button>
          </div>
          <Box color="text-body-secondary">JPEG and PNG, up to 15 MB, 64 to 4096 pixels a side; larger ones can be made smaller here. Folders inside the folder become labels.</Box>
        </SpaceBetween>
        {/* React has no attribute for folders. */}
        <input ref={(e) => { e?.setAttribute("webkitdirectory", ""); (folder as { current: HTMLInputElement | null }).current = e; }} type="file" multiple hidden aria-label="Folder of pictures" data-testid="folder" onChange={(e) => choose(e.target)} />
        <input ref={files} type="file" multiple hidden aria-label="Pictures" data-testid="files" accept=".jpg,.jpeg,.png,.manifest,.json,.jsonl,.xml,.txt,.yaml,.yml" onChange={(e) => choose(e.target)} />
      </div>
      <ExpandableSection headerText="What a folder may look like">
        <pre style={{ overflowX: "auto", margin: 0, fontSize: 13, lineHeight: 1.5 }}>{examples}</pre>
      </ExpandableSection>
    </SpaceBetween>
  );
}

const examples = `good/1.jpg  broken/2.jpg                  a folder for each label
train/good/1.jpg  test/good/2.jpg         the same, with pictures to test with
1.jpg  2.jpg                              no labels: you give them here
Annotations/1.xml  JPEGImages/1.jpg       boxes, Pascal VOC
annotations.json  images/1.jpg            boxes, COCO
labels/1.txt  images/1.jpg  classes.txt   boxes, YOLO (or data.yaml)
output.manifest  1.jpg                    SageMaker or Custom Labels manifest`;
