import type { DatasetDescription } from "@aws-sdk/client-rekognition";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { count } from "../datasets/amounts";

export type Tested = "split" | "manifest";

// TestSet says what a model is trained on and judged by. With datasets in the project that is settled: the wire takes manifests only
// where there are none.
export function TestSet({ own, training, testing, tested, setTested, from, setFrom, trouble }: {
  own: boolean; training?: DatasetDescription | null; testing?: DatasetDescription | null; tested: Tested; setTested: (t: Tested) => void;
  from: { train: string; test: string }; setFrom: (f: { train: string; test: string }) => void; trouble?: string;
}) {
  if (own) {
    return (
      <FormField label="Test set">
        <Box variant="p" padding="n">
          {testing
            ? `The test dataset: ${count(testing.DatasetStats?.TotalEntries ?? 0)} pictures.`
            : `Ownsight splits: about ${count(Math.round((training?.DatasetStats?.LabeledEntries ?? 0) / 5))} of the labelled training pictures are set aside to judge the model by.`}
        </Box>
      </FormField>
    );
  }
  return (
    <SpaceBetween size="m">
      <FormField label="Training manifest" description="This project has no datasets, so the training reads manifests in S3." errorText={trouble}>
        <Input value={from.train} onChange={({ detail }) => setFrom({ ...from, train: detail.value })} placeholder="s3://bucket/train.manifest" spellcheck={false} />
      </FormField>
      <FormField label="Test set">
        <RadioGroup
          value={tested}
          onChange={({ detail }) => setTested(detail.value as Tested)}
          items={[
            { value: "split", label: "Let Ownsight split", description: "A fifth of the training pictures is set aside." },
            { value: "manifest", label: "A manifest of its own" },
          ]}
        />
      </FormField>
      {tested === "manifest" && (
        <FormField label="Test manifest">
          <Input value={from.test} onChange={({ detail }) => setFrom({ ...from, test: detail.value })} placeholder="s3://bucket/test.manifest" spellcheck={false} />
        </FormField>
      )}
    </SpaceBetween>
  );
}
