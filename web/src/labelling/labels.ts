import { ListDatasetLabelsCommand, type RekognitionClient } from "@aws-sdk/client-rekognition";

// Known is what a project's datasets call things, and whether they do it by boxes.
export interface Known {
  labels: string[];
  boxed: boolean;
}

// knownLabels reads the labels of datasets: what is said of the pictures to train on is said of those to test with.
export async function knownLabels(client: RekognitionClient, arns: string[]): Promise<Known> {
  const labels = new Set<string>();
  let boxed = false;
  for (const arn of arns) {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const got = await client.send(new ListDatasetLabelsCommand({ DatasetArn: arn, NextToken: token, MaxResults: 100 }));
      for (const l of got.DatasetLabelDescriptions ?? []) {
        labels.add(l.LabelName!);
        boxed ||= (l.LabelStats?.BoundingBoxCount ?? 0) > 0;
      }
      token = got.NextToken;
    }
  }
  return { labels: [...labels].sort(byName), boxed };
}

export const byName = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

// A label exists on the server once a picture has it. Until then the browser remembers it, by project.
export function madeLabels(project: string): string[] {
  try {
    const made: unknown = JSON.parse(localStorage.getItem(`ownsight.labels ${project}`) ?? "[]");
    return Array.isArray(made) ? made.filter((l) => typeof l === "string") : [];
  } catch {
    return [];
  }
}

export function rememberLabels(project: string, labels: string[]) {
  localStorage.setItem(`ownsight.labels ${project}`, JSON.stringify(labels));
}
