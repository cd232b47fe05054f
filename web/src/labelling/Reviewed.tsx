import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import { type ReactNode, useMemo } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { counted } from "../datasets/amounts";
import { Failure } from "../shell/Failure";
import { useEvaluation } from "../versions/report/data";
import { useVersion } from "../versions/version";
import { useChanges, useDesk } from "./desk";
import { Review } from "./review";

// ReviewOf reads the likely wrong labels of a model's report.
export function ReviewOf({ project, model, children }: { project: string; model: string; children: (review: Review) => ReactNode }) {
  const version = useVersion(project, model);
  const { data, error, refetch } = useEvaluation(version.data);
  const arn = version.data?.ProjectVersionArn, report = data?.report;
  const review = useMemo(() => (arn && report ? new Review(report, model, arn) : undefined), [arn, report, model]);
  const thrown = error ?? (version.data ? undefined : version.error);
  if (thrown) return <Failure of={`The report of ${model}`} thrown={thrown} retry={() => void (error ? refetch() : version.refetch())} />;
  if (version.data && !version.data.EvaluationResult?.Summary || data && !report) return <Alert type="info" header={`${model} has no report`}>Without one it is not known which labels are likely wrong. Models that were trained here have one.</Alert>;
  if (!review) return <Spinner size="large" />;
  return <>{children(review)}</>;
}

// Reviewed stands after the last likely wrong label.
export function Reviewed({ review }: { review: Review }) {
  const { work } = useDesk();
  const { project } = useParams();
  const navigate = useNavigate();
  useChanges(review);
  const { rows } = work;
  const open = rows.filter((e) => review.open(e)).length;
  const first = work.order.findIndex((row) => review.open(rows[row]!));
  const path = `/projects/${encodeURIComponent(project!)}`;
  return (
    <div className="labelling-frame labelling-centre">
      <Box textAlign="center">
        <Box variant="h2">{rows.length === 0 ? "None of these pictures is in the dataset any more" : open === 0 ? "Every likely wrong picture is decided" : `${counted(open, "picture")} of ${rows.length} not decided`}</Box>
        <Box variant="p" color="text-body-secondary">{open === 0 && rows.length > 0 ? "What you changed is saved by itself. The next model learns from it: train again." : "That was the last one. What you did is saved by itself."}</Box>
        <div style={{ display: "flex", flexWrap: "wrap", justifyContent: "center", gap: 8 }}>
          {open > 0 && <Button variant="primary" onClick={() => work.go(first)}>Go on with the first one</Button>}
          <Button variant={open === 0 ? "primary" : "normal"} onClick={() => navigate(path)}>To the project</Button>
          <Button onClick={() => navigate(`${path}/versions/${encodeURIComponent(review.model)}/report`)}>Back to the report</Button>
        </div>
      </Box>
    </div>
  );
}
