import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router-dom";
import { settled } from "../datasets/change";
import { projectQuery } from "../projects/queries";
import { useRekognition } from "../session/clients";
import { useSession } from "../session/session";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { Bench } from "./Bench";
import { knownLabels } from "./labels";
import "./labelling.css";
import type { Order } from "./doubt";
import type { Only } from "./listing";
import type { Review } from "./review";
import { ReviewOf } from "./Reviewed";

// Labelling is the page on which people say what is to be seen on a dataset's pictures. Others link to it with only=unlabelled,
// labelled or errors, label=NAME, at=SOURCE-REF, order=unsure or wrong, or suspects=MODEL for what the report of a model doubts.
export default function Labelling() {
  const { project = "", type = "train" } = useParams();
  const [query, setQuery] = useSearchParams();
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const { account, region } = useSession();
  const path = `/projects/${encodeURIComponent(project)}`;
  usePage([
    { text: "Projects", href: "/projects" }, { text: project, href: path }, { text: type === "test" ? "Test dataset" : "Training dataset", href: `${path}/datasets/${type}` },
    { text: "Label", href: `${path}/datasets/${type}/label` },
  ]);
  const found = useQuery({
    queryKey: ["labelling", account, region, project, type],
    queryFn: async () => {
      const p = await queries.fetchQuery({ ...projectQuery(rekognition, { account, region }, project), retry: false, staleTime: 0 });
      const dataset = p?.Datasets?.find((d) => d.DatasetType === type.toUpperCase());
      if (!dataset) throw Object.assign(new Error(p ? `The project ${project} has no ${type} dataset.` : `There is no project ${project} in this region.`), { name: "ResourceNotFoundException" });
      const arn = dataset.DatasetArn!;
      const { DatasetStats } = await settled(rekognition, arn);
      const known = await knownLabels(rekognition, p!.Datasets!.filter((d) => d.Status !== "CREATE_FAILED" && d.Status !== "DELETE_IN_PROGRESS").map((d) => d.DatasetArn!));
      return { arn, projectArn: p!.ProjectArn!, stats: DatasetStats, ...known };
    },
    // The labels' keys stay where they are while somebody works.
    staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false,
  });
  if (found.error) return <Failure of="The dataset" thrown={found.error} retry={() => void found.refetch()} />;
  if (!found.data) {
    if (found.failureCount === 0) return <Spinner size="large" />;
    return <StatusIndicator type="warning">The server does not answer. Unsaved labels are kept in this browser; trying again.</StatusIndicator>;
  }
  const only = query.get("only"), label = query.get("label") ?? undefined, order = query.get("order");
  const select = (name: string, value: string | undefined) => setQuery((q) => {
    const next = new URLSearchParams(q);
    next.delete("at");
    next.delete("suspects");
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  }, { replace: true });
  const dataset = found.data, suspects = query.get("suspects");
  const bench = (review?: Review) => (
    <Bench
      dataset={dataset} type={type} review={review}
      only={only === "unlabelled" || only === "labelled" || only === "errors" ? only : "all" satisfies Only} label={label} start={query.get("at") ?? undefined}
      first={order === "unsure" || order === "wrong" ? order : "listed" satisfies Order} select={select}
    />
  );
  return suspects ? <ReviewOf project={project} model={suspects}>{bench}</ReviewOf> : bench();
}
