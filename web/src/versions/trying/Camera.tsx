import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";
import { Boxes } from "../../pictures/Boxes";
import { troubleOf } from "../../session/remedy";
import { Framed, Labels } from "./Answer";
import { drawn, type Least, reaches, type Said } from "./answer";

const side = 1024; // pixels of what is sent
const pause = 150; // milliseconds between an answer and the next question

// Camera asks about what the camera sees, again and again.
export function Camera({ ask, least, keep, close }: { ask: (bytes: Uint8Array, signal: AbortSignal) => Promise<{ said: Said[]; took: number }>; least: Least; keep: (file: File) => void; close: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [size, setSize] = useState({ width: 640, height: 480 });
  const [answer, setAnswer] = useState<{ said: Said[]; took: number }>();
  const [thrown, setThrown] = useState<unknown>();
  const [ready, setReady] = useState(false);

  useEffect(() => {
    const gone = new AbortController();
    let stream: MediaStream | undefined;
    void (async () => {
      try {
        if (!navigator.mediaDevices) throw new Refused("Browsers give the camera only to pages that were loaded through HTTPS or from localhost.");
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
        if (gone.signal.aborted || !video.current) return stream.getTracks().forEach((t) => t.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setReady(true);
        await watch(video.current, gone.signal);
      } catch (error) {
        if (!gone.signal.aborted) setThrown(error);
      }
    })();
    async function watch(from: HTMLVideoElement, signal: AbortSignal) {
      while (!signal.aborted) {
        setSize({ width: from.videoWidth, height: from.videoHeight });
        const still = await frame(from);
        setAnswer(await ask(new Uint8Array(await still.arrayBuffer()), signal));
        await new Promise((done) => setTimeout(done, pause));
      }
    }
    return () => {
      gone.abort();
      stream?.getTracks().forEach((t) => t.stop());
    };
  }, [ask]);

  const said = answer?.said ?? [];
  return (
    <Container
      header={
        <Header variant="h3" description={answer ? `Answered in ${Math.round(answer.took)} ms. The pictures are not kept.` : "The pictures are not kept."}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!ready} onClick={() => void frame(video.current!).then((b) => keep(new File([b], `camera ${new Date().toLocaleTimeString()}.jpg`, { type: "image/jpeg" })))}>Keep this picture</Button>
              <Button onClick={close}>Close the camera</Button>
            </SpaceBetween>
          }
        >
          Camera
        </Header>
      }
    >
      {thrown ? <Alert type="error" header="The camera cannot be used">{explain(thrown)}</Alert> : null}
      <div style={{ display: thrown ? "none" : "flex", flexWrap: "wrap", gap: 20 }}>
        <Framed size={size} over={<Boxes boxes={drawn(said.filter((s) => reaches(s, least)), size)} size={size} />}>
          <video ref={video} muted playsInline aria-label="What the camera sees" style={{ width: "100%", height: "100%", background: "#000", display: "block" }} />
        </Framed>
        <div style={{ flex: "1 1 240px" }}>{answer ? <Labels said={said} least={least} /> : <Box color="text-body-secondary">Waiting for the camera. The browser asks whether this page may use it.</Box>}</div>
      </div>
    </Container>
  );
}

class Refused extends Error {}

function explain(thrown: unknown): string {
  const name = (thrown as { name?: string }).name;
  if (thrown instanceof Refused) return thrown.message;
  if (name === "NotAllowedError") return "The browser was told not to give it to this page. Allow it in the browser's settings for this site.";
  if (name === "NotFoundError") return "This machine has none.";
  const t = troubleOf(thrown);
  return `${t.text} ${t.remedy ?? ""}`;
}

async function frame(from: HTMLVideoElement): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(from.videoWidth, from.videoHeight));
  const canvas = new OffscreenCanvas(Math.round(from.videoWidth * scale), Math.round(from.videoHeight * scale));
  canvas.getContext("2d")!.drawImage(from, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
