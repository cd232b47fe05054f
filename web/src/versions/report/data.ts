import { useQuery } from "@tanstack/react-query";
import { useS3 } from "../../session/clients";
import { outputOf, readJSON } from "../output";
import type { Version } from "../version";

// What a training has found, as the server writes it into EvaluationReport-PROJECT-VERSION.json.

export type Task = "single-label" | "multi-label" | "boxes";
export interface Interval { low: number; high: number }
export interface Figure { value: number; interval?: Interval }

export interface Label {
  name: string;
  trainingPictures: number;
  testPictures: number;
  testBoxes: number;
  truePositives: number; // of pictures, or of boxes where there are any
  falsePositives: number;
  falseNegatives: number;
  precision: Figure;
  recall: Figure;
  f1: number;
  averagePrecision: number;
  threshold: number;
  curve?: { recall: number; precision: number }[];
  sweep?: { truePositives: number[]; falsePositives: number[] }; // at 0, 0.01 ... 1
}

export type Place = [left: number, top: number, width: number, height: number]; // shares of the picture's sides

export interface Said { label: number; score: number; box?: Place; finds?: number }

// Test is a test picture; labels are indices into the report's.
export interface Test {
  picture: string;
  truth: number[] | null;
  answers: Said[] | null;
  boxes?: { label: number; box: Place }[];
  cells?: [truth: number, answer: number][];
}

export interface Answer { label: string; score: number }
export interface ToldBox { kind: "truth-found" | "truth-missed" | "answer-right" | "answer-wrong"; label: string; score: number; left: number; top: number; width: number; height: number }

export interface Report {
  model: { project: string; version: string; arn: string; program: string; network: string };
  task: Task;
  figures: { testPictures: number; f1: Figure; precision: Figure; recall: Figure; further?: (Figure & { name: string; note: string })[] };
  foretold?: { folds: number; pictures: number; f1: number; modest: boolean };
  labels: Label[];
  confusion?: { labels: string[]; counts: number[][]; nothing: boolean };
  reliability?: { low: number; high: number; answers: number; score: number; right: number }[];
  search: { measures?: string[]; decidedBy: number; candidates?: { name: string; pictures: number; values: (number | null)[]; took: number; chosen: boolean }[]; why: string };
  losses?: { name: string; points: { step: number; loss: number }[] }[];
  mistakes?: { picture: { name: string }; truth?: string[]; wrong?: Answer[]; missed?: Answer[]; boxes?: ToldBox[] }[];
  wrongLabels?: { picture: { name: string }; given: string; suggested: string; confidence: number; boxes?: ToldBox[] }[];
  scarce?: { label: string; trainingPictures: number; testPictures: number; recall: Interval; fewToLearn: boolean; fewToTell: boolean }[];
  method: { trainingPictures: number; seed: number; took: number; steps?: { name: string; took: number }[]; digests?: Fact[]; further?: Fact[] };
  tests?: Test[];
}

export interface Fact { name: string; value: string }

interface Summary {
  AggregatedEvaluationResults: { F1Score: number; Precision: number; Recall: number };
  EvaluationDetails: { NumberOfTestingImages: number; NumberOfTrainingImages: number };
  LabelEvaluationResults: { Label: string; NumberOfTestingImages: number; Metrics: { F1Score: number; Precision: number; Recall: number; Threshold: number } }[];
}

// Evaluation is a report, or what AWS's own summary tells where there is no report: of models that were trained by an
// earlier version of the server.
export interface Evaluation { report: Report | null; summary: Summary | null }

export function useEvaluation(v: Version | undefined) {
  const s3 = useS3();
  return useQuery({
    queryKey: ["evaluation", v?.ProjectVersionArn],
    enabled: !!v?.EvaluationResult?.Summary,
    staleTime: Infinity, // a model never changes
    gcTime: 120_000,
    queryFn: async (): Promise<Evaluation> => {
      const report = await readJSON<Report>(s3, await outputOf(v!, "EvaluationReport", "json"));
      if (report) return { report, summary: null };
      const at = v!.EvaluationResult!.Summary!.S3Object!;
      return { report: null, summary: await readJSON<Summary>(s3, { bucket: at.Bucket!, key: at.Name! }) };
    },
  });
}

// thresholdsOf are the scores from which on labels are answered.
export function thresholdsOf(e: Evaluation | undefined): Map<string, number> {
  const list = e?.report?.labels.map((l) => [l.name, l.threshold] as const) ?? e?.summary?.LabelEvaluationResults.map((l) => [l.Label, l.Metrics.Threshold] as const);
  return new Map(list ?? []);
}
