import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileDropzone from "@cloudscape-design/components/file-dropzone";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Slider from "@cloudscape-design/components/slider";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useRekognition } from "../../session/clients";
import { StartHere } from "../manage/StartHere";
import { thresholdsOf, useEvaluation } from "../report/data";
import { isRunning, type Version } from "../version";
import { Answer, type Tried } from "./Answer";
import { ask, type Least } from "./answer";
import { Camera } from "./Camera";
import { prepare } from "./prepare";

let numbers = 0;

// Try shows what a running model says of pictures that are dropped here.
export function Try({ version }: { version: Version }) {
  return isRunning(version) ? <Pictures version={version} /> : <StartHere version={version} />;
}

function Pictures({ version }: { version: Version }) {
  const client = useRekognition();
  const evaluation = useEvaluation(version);
  const own = useMemo(() => thresholdsOf(evaluation.data), [evaluation.data]);
  const [list, set] = useState<Tried[]>([]);
  const [assumed, setAssumed] = useState(true);
  const [confidence, setConfidence] = useState(50);
  const [camera, setCamera] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const arn = version.ProjectVersionArn;
  const least: Least = assumed && own.size ? { own } : { all: confidence };
  const put = (id: number, change: Partial<Tried>) => set((all) => all.map((t) => (t.id === id ? { ...t, ...change } : t)));
  const inquire = useCallback((bytes: Uint8Array, signal?: AbortSignal) => ask(client, arn, bytes, signal), [client, arn]);

  const answer = async (t: Tried) => {
    try {
      put(t.id, { thrown: undefined, ...(await inquire(t.prepared!.bytes)) });
    } catch (thrown) {
      put(t.id, { thrown });
    }
  };
  // One after another: many at once would only be refused.
  const line = useRef(Promise.resolve());
  const add = (files: File[]) => {
    const these = files.map((file) => ({ file, tried: { id: numbers++, name: file.name } as Tried }));
    set((all) => [...these.map((t) => t.tried), ...all]);
    for (const { file, tried } of these) {
      line.current = line.current.then(async () => {
        try {
          const prepared = await prepare(file);
          put(tried.id, { prepared });
          await answer({ ...tried, prepared });
        } catch (thrown) {
          put(tried.id, { thrown });
        }
      });
    }
  };
  const shown = useRef(list);
  shown.current = list;
  useEffect(() => () => shown.current.forEach((t) => t.prepared && URL.revokeObjectURL(t.prepared.url)), []);

  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description="Pictures go to the model and nowhere else. JPEG and PNG as they are; others are converted in the browser.">Try it</Header>}>
        <SpaceBetween size="m">
          <FileDropzone onChange={({ detail }) => add(detail.value)}>
            <SpaceBetween size="xs" alignItems="center">
              <Box>Drop pictures here</Box>
              <div style={{ display: "flex", flexWrap: "wrap", justifyContent: "center", gap: 8 }}>
                <Button iconName="upload" onClick={() => picker.current?.click()}>Choose pictures</Button>
                <Button iconName="video-on" disabled={camera} onClick={() => setCamera(true)}>Use the camera</Button>
              </div>
            </SpaceBetween>
          </FileDropzone>
          <input ref={picker} type="file" accept="image/*" multiple hidden onChange={(e) => { add([...(e.target.files ?? [])]); e.target.value = ""; }} />
          <FormField label="Minimum confidence" description={assumed && own.size ? "Each label is answered from its own threshold on, which the training chose. A call without MinConfidence does the same." : "Every label is answered from this confidence on, as in a call with MinConfidence. It acts at once: nothing is asked again."}>
            <SpaceBetween size="xs">
              {own.size > 0 && <Toggle checked={assumed} onChange={({ detail }) => setAssumed(detail.checked)}>The model&apos;s own thresholds</Toggle>}
              {!(assumed && own.size) && <Slider min={0} max={100} value={confidence} valueFormatter={(v) => `${v}\u00a0%`} ariaLabel="Minimum confidence" onChange={({ detail }) => setConfidence(detail.value)} />}
            </SpaceBetween>
          </FormField>
        </SpaceBetween>
      </Container>
      {camera && <Camera ask={inquire} least={least} keep={(file) => add([file])} close={() => setCamera(false)} />}
      {list.map((t) => (
        <Answer key={t.id} tried={t} least={least} again={() => void (t.prepared && answer(t))} remove={() => { if (t.prepared) URL.revokeObjectURL(t.prepared.url); set((all) => all.filter((o) => o.id !== t.id)); }} />
      ))}
    </SpaceBetween>
  );
}
