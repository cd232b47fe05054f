import { DescribeProjectsCommand, DescribeProjectVersionsCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";
import { useQuery } from "@tanstack/react-query";
import { useRekognition } from "../session/clients";
import { useSession } from "../session/session";
import { named, type Version } from "../versions/version";
import { listed, type Name, useCloudWatch } from "./cloudwatch";

const projectsAtATime = 50;
const versionsAtATime = 10;

function portions<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

// described gives the models of those names that are there.
async function described(client: RekognitionClient, names: Name[]): Promise<Version[]> {
  const byProject = new Map<string, string[]>();
  for (const n of names) byProject.set(n.project, [...(byProject.get(n.project) ?? []), n.version]);
  const arns: [project: string, arn: string][] = [];
  for (const ProjectNames of portions([...byProject.keys()], projectsAtATime)) {
    const page = await client.send(new DescribeProjectsCommand({ ProjectNames }));
    for (const p of page.ProjectDescriptions ?? []) arns.push([p.ProjectArn!.split("/")[1]!, p.ProjectArn!]);
  }
  const asked = arns.flatMap(([project, projectArn]) =>
    portions(byProject.get(project) ?? [], versionsAtATime).map(async (VersionNames) => {
      const page = await client.send(new DescribeProjectVersionsCommand({ ProjectArn: projectArn, VersionNames }));
      return (page.ProjectVersionDescriptions ?? []).map((v) => named(v, projectArn));
    }),
  );
  return (await Promise.all(asked)).flat();
}

const order = ["STARTING", "RUNNING", "STOPPING", "FAILED", "STOPPED"];

// useModels gives the models that run, are about to, or ran within the last three hours, those that run first.
export function useModels() {
  const rekognition = useRekognition();
  const cloudwatch = useCloudWatch();
  const { region, account } = useSession();
  return useQuery({
    queryKey: ["running", account, region],
    queryFn: async () => {
      const models = await described(rekognition, await listed(cloudwatch, true));
      const rank = (v: Version) => (order.indexOf(v.Status ?? "") < 3 ? 0 : 1);
      return models.filter((v) => order.includes(v.Status ?? "")).sort((a, b) => rank(a) - rank(b) || `${a.project}/${a.name}`.localeCompare(`${b.project}/${b.name}`));
    },
    refetchInterval: (q) => (q.state.data?.some((v) => v.Status === "STARTING" || v.Status === "STOPPING") ? 1000 : 5000),
  });
}
