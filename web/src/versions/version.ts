import { DescribeProjectVersionsCommand, type ProjectVersionDescription } from "@aws-sdk/client-rekognition";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { projectOf, versionOf } from "../projects/names";
import { isMoving as moves, projectQuery } from "../projects/queries";
import { useRekognition } from "../session/clients";
import { useSession } from "../session/session";

// Version is a model with what is always known of it.
export interface Version extends ProjectVersionDescription {
  ProjectVersionArn: string;
  project: string;
  projectArn: string;
  name: string;
}

type Stated = Pick<ProjectVersionDescription, "Status">;

const startable = new Set(["TRAINING_COMPLETED", "STOPPED", "COPYING_COMPLETED", "FAILED"]);
const failed = new Set(["TRAINING_FAILED", "COPYING_FAILED", "EXPIRED", "DEPRECATED"]);

export const isMoving = (v: Stated) => moves(v.Status);
export const isRunning = (v: Stated) => v.Status === "RUNNING";
export const canStart = (v: Stated) => startable.has(v.Status ?? "");
// canDelete says where the service lets a model be deleted.
export const canDelete = (v: Stated) => canStart(v) || failed.has(v.Status ?? "");
// isTrained says that there is a model, whatever is being done with it.
export const isTrained = (v: Stated) => canStart(v) || ["RUNNING", "STARTING", "STOPPING"].includes(v.Status ?? "");

// NotThere is a project or a model that the server does not list.
export class NotThere extends Error {
  override name = "ResourceNotFoundException";
}

export function named(v: ProjectVersionDescription, projectArn: string): Version {
  const arn = v.ProjectVersionArn!;
  return { ...v, ProjectVersionArn: arn, project: projectOf(projectArn), projectArn, name: versionOf(arn) };
}

const everySecond = 1000;

// useVersion gives a model, asked for again and again while anything goes on with it.
export function useVersion(project: string, name: string) {
  const client = useRekognition();
  const queries = useQueryClient();
  const { region, account } = useSession();
  return useQuery({
    queryKey: ["version", account, region, project, name],
    queryFn: async () => {
      // A project keeps its ARN; one that was not there may have come.
      const p = await queries.fetchQuery({ ...projectQuery(client, { account, region }, project), retry: false, staleTime: ({ state }) => (state.data ? 15 * everySecond : 0) });
      if (!p) throw new NotThere(`There is no project ${project} in this region.`);
      const found = await client.send(new DescribeProjectVersionsCommand({ ProjectArn: p.ProjectArn, VersionNames: [name] }));
      const v = found.ProjectVersionDescriptions?.[0];
      if (!v) throw new NotThere(`There is no model ${name} in the project ${project}.`);
      return named(v, p.ProjectArn!);
    },
    refetchInterval: (q) => (q.state.data && isMoving(q.state.data) ? everySecond : q.state.data ? 10 * everySecond : false),
  });
}

// useAgain asks for models again, after something was done with one.
export function useAgain() {
  const queries = useQueryClient();
  return () => Promise.all(["version", "versions", "running"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
}
