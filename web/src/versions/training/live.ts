import { useQuery } from "@tanstack/react-query";
import { useS3 } from "../../session/clients";
import type { Series } from "../LossLines";
import { outputOf, readJSON } from "../output";
import type { Version } from "../version";

// Live is what a running training tells of itself, as the server writes it into TrainingProgress-PROJECT-VERSION.json. The file
// goes when the training ends.
export interface Live {
  updated: string;
  began: string;
  step: string;
  doing: string;
  share?: number; // of what is being done
  secondsLeft?: number;
  measures?: string[];
  candidates?: { name: string; values: (number | null)[] }[]; // on pictures that they had not seen
  losses?: Series[];
}

const every = 2000;

// useLive gives it while the training goes on; nothing where it cannot be read, for all that matters is in StatusMessage too.
export function useLive(v: Version): Live | undefined {
  const s3 = useS3();
  const { data } = useQuery({
    queryKey: ["training", v.ProjectVersionArn],
    enabled: v.Status === "TRAINING_IN_PROGRESS" && !!v.OutputConfig?.S3Bucket,
    queryFn: async () => readJSON<Live>(s3, await outputOf(v, "TrainingProgress", "json")),
    refetchInterval: every,
    retry: false,
    gcTime: 0,
  });
  return data ?? undefined;
}
