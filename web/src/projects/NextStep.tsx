import type { DatasetDescription, ProjectVersionDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { useNavigate } from "react-router-dom";
import { count, counted } from "../datasets/amounts";
import { versionOf } from "./names";

interface Step {
  title: string;
  status: StatusIndicatorProps.Type;
  text: string;
  action?: ReactNode;
}

// fewest is how many labelled pictures are worth a training: with fewer one may train, but is not led to it.
const fewest = 10;

// NextStep shows how far a project is, and the one thing to do next as its only blue button.
export function NextStep({ project, training, versions, train }: { project: string; training?: DatasetDescription | null; versions: ProjectVersionDescription[]; train: () => void }) {
  const navigate = useNavigate();
  const stats = training?.DatasetStats;
  const total = stats?.TotalEntries ?? 0, labelled = stats?.LabeledEntries ?? 0, labels = stats?.TotalLabels ?? 0;
  const trained = versions.filter((v) => v.EvaluationResult || v.Status === "COPYING_COMPLETED");
  const under = versions.find((v) => v.Status === "TRAINING_IN_PROGRESS");
  const running = versions.find((v) => v.Status === "RUNNING");
  const last = under ? undefined : failedLast(versions), failed = last && versionOf(last.ProjectVersionArn!);
  const corrected = (training?.LastUpdatedTimestamp?.getTime() ?? 0) > (last?.CreationTimestamp?.getTime() ?? 0); // or at least changed since
  const open = (path: string) => () => navigate(`/projects/${project}/${path}`);
  const enough = labelled > 0 && labels > 0;
  const next = trained.length > 0 ? 3 : total === 0 ? 0 : !enough || labelled < Math.min(fewest, total) ? 1 : 2;
  const steps: Step[] = [
    { title: "Pictures", status: total > 0 ? "success" : "pending", text: total > 0 ? counted(total, "picture") : "Drag a folder onto this page" },
    {
      title: "Labels", status: total > 0 && labelled === total ? "success" : enough ? "info" : "pending",
      text: total === 0 ? "Each picture, or the objects on it" : total === labelled ? counted(labels, "label") : `${counted(labels, "label")}, ${count(total - labelled)} unlabelled`,
      action: total > labelled && <Button variant={next === 1 ? "primary" : "normal"} onClick={open("datasets/train/label?only=unlabelled")}>Label pictures</Button>,
    },
    {
      title: "Training", status: under ? "in-progress" : failed ? "error" : trained.length > 0 ? "success" : "pending",
      text: under ? shortly(under.StatusMessage) : failed ? `The training of ${failed} failed` : trained.length > 0 ? `${counted(trained.length, "model")}, best F1 ${best(trained)}` : "A model learns from the labels",
      action: enough && !under && (
        <SpaceBetween direction="horizontal" size="xs">
          {failed && <Button variant={next === 2 && !corrected ? "primary" : "normal"} onClick={open(`versions/${failed}`)}>See why</Button>}
          <Button variant={next === 2 && (!failed || corrected) ? "primary" : "normal"} onClick={train}>Train</Button>
        </SpaceBetween>
      ),
    },
    {
      title: "Running", status: running ? "success" : "pending", text: running ? `${versionOf(running.ProjectVersionArn!)} answers` : "Start a model and try it",
      action: trained.length > 0 && (
        <Button variant={next === 3 && !under ? "primary" : "normal"} onClick={open(`versions/${versionOf((running ?? trained[0]!).ProjectVersionArn!)}`)}>
          {running ? "Try it" : "Look at the model"}
        </Button>
      ),
    },
  ];
  return (
    <Container>
      <ol style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(150px, 1fr))", gap: "16px 24px", listStyle: "none", margin: 0, padding: 0 }} aria-label="How far this project is">
        {steps.map((s, i) => (
          <li key={s.title} aria-current={i === next ? "step" : undefined} style={{ borderTop: `3px solid ${s.status === "success" ? "#2bb534" : i === next ? "#4aa8ff" : "rgba(127,127,127,.35)"}`, paddingTop: 10 }}>
            <SpaceBetween size="xxs">
              <Box fontWeight="bold" fontSize="heading-s">{i + 1}. {s.title}</Box>
              <div style={{ overflowWrap: "anywhere" }}><StatusIndicator type={s.status}><span style={{ wordBreak: "normal" }}>{s.text}</span></StatusIndicator></div>
              {s.action && <Box padding={{ top: "xxs" }}>{s.action}</Box>}
            </SpaceBetween>
          </li>
        ))}
      </ol>
    </Container>
  );
}

// shortly leaves out of a training's message what the step says already.
export const shortly = (message?: string) => {
  const text = (message ?? "").replace(/^The model is being trained(: )?/, "").replace(/\.$/, "");
  return text ? text.charAt(0).toUpperCase() + text.slice(1) : "Waiting for its turn";
};

// failedLast is the newest version where its training has failed.
function failedLast(versions: ProjectVersionDescription[]): ProjectVersionDescription | undefined {
  const last = [...versions].sort((a, b) => (b.CreationTimestamp?.getTime() ?? 0) - (a.CreationTimestamp?.getTime() ?? 0))[0];
  return last?.Status === "TRAINING_FAILED" ? last : undefined;
}

function best(trained: ProjectVersionDescription[]): string {
  const scores = trained.map((v) => v.EvaluationResult?.F1Score).filter((f) => f !== undefined);
  return scores.length > 0 ? Math.max(...scores).toFixed(3) : "-";
}
