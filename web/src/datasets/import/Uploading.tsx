import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { troubleOf } from "../../session/remedy";
import { count, counted, duration, size } from "../amounts";
import { ProblemList } from "./Problems";
import type { Progress, Run } from "./run";
import { useRun } from "./runs";

// Uploading shows the run of a project, while there is one.
export function Uploading({ project }: { project: string }) {
  const { run, progress, retry, clear } = useRun(project);
  const queries = useQueryClient();
  const phase = progress?.phase;
  useEffect(() => {
    if (phase) void queries.invalidateQueries();
  }, [phase, queries]);
  if (!run || !progress) return null;
  if (phase === "done") return <Done p={progress} retry={retry} clear={clear} />;
  if (phase === "failed" || phase === "stopped") return <Ended p={progress} retry={retry} clear={clear} />;
  return <Going run={run} p={progress} name={run.order.name} />;
}

function Going({ run, p, name }: { run: Run; p: Progress; name: string }) {
  const left = p.rate.bytes > 0 ? duration((p.bytes - p.bytesDone) / p.rate.bytes) : undefined;
  const state = p.locked ? "Waiting until you have signed in again." : p.waiting ? "The server does not answer. It goes on by itself when it does." : p.paused ? "Paused." : undefined;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="You may look at other pages meanwhile. Keep this tab open."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {p.phase === "uploading" && (p.paused ? <Button onClick={() => run.resume()} iconName="play">Resume</Button> : <Button onClick={() => run.pause()} iconName="pause">Pause</Button>)}
              <Button onClick={() => run.stop()}>Stop</Button>
            </SpaceBetween>
          }
        >
          {p.phase === "adding" ? "Adding pictures to the dataset" : `Uploading ${name}`}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {p.phase === "adding" ? (
          <ProgressBar value={share(p.entriesDone, p.entries)} label="Entries" description={state} additionalInfo={`${count(p.entriesDone)} of ${count(p.entries)}`} />
        ) : (
          <ProgressBar
            value={share(p.bytesDone, p.bytes)}
            label="Pictures"
            description={state ?? (p.phase === "looking" ? "Looking what is there already" : undefined)}
            additionalInfo={[
              `${count(p.filesDone)} of ${count(p.files)}, ${size(p.bytesDone)} of ${p.about ? "about " : ""}${size(p.bytes)}`,
              p.rate.bytes > 0 && !state && `${size(p.rate.bytes)} and ${Math.round(p.rate.files)} pictures a second`,
              left && !state && `${left} left`,
              p.skipped > 0 && `${count(p.skipped)} were there already`,
              p.failed.length > 0 && `${count(p.failed.length)} failed so far; they are tried again at the end`,
            ].filter(Boolean).join(" - ")}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Done({ p, retry, clear }: { p: Progress; retry: () => void; clear: () => void }) {
  const kept = p.kept > 0 && `${counted(p.kept, "was", "were")} in the dataset already and ${p.kept === 1 ? "keeps its" : "keep their"} labels.`;
  const failed = p.failed.length > 0;
  return (
    <Alert
      type={failed ? "warning" : "success"}
      dismissible
      dismissAriaLabel="Dismiss"
      onDismiss={clear}
      header={failed ? `${counted(p.failed.length, "picture")} could not be uploaded` : p.kept === p.entries ? "Nothing new" : `${counted(p.entries - p.kept, "picture")} added`}
      action={failed && <Button onClick={retry}>Try these again</Button>}
    >
      {failed && <>The other {count(p.entries)} are in the dataset. </>}
      {kept}
      <ProblemList title="Not uploaded" problems={p.failed} />
    </Alert>
  );
}

function Ended({ p, retry, clear }: { p: Progress; retry: () => void; clear: () => void }) {
  const trouble = p.thrown ? troubleOf(p.thrown) : undefined;
  return (
    <Alert
      type={trouble ? "error" : "info"}
      dismissible
      dismissAriaLabel="Dismiss"
      onDismiss={clear}
      header={trouble ? `The upload stopped: ${trouble.header.toLowerCase()}` : "The upload was stopped"}
      action={<Button onClick={retry}>Go on</Button>}
    >
      {trouble && <>{trouble.text} {trouble.remedy} </>}
      <Box variant="span">{count(p.filesDone)} of {count(p.files)} pictures lie in the bucket; they are not uploaded again.</Box>
    </Alert>
  );
}

const share = (part: number, whole: number) => (whole > 0 ? (100 * part) / whole : 100);
