import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { useSession } from "../../session/session";
import { count, counted, size } from "../amounts";
import { labelled } from "../entry";
import { defaultBucket, nameTrouble } from "./bucket";
import type { Ready } from "./check";
import { layoutNames, type Plan } from "./plan";
import { ProblemList } from "./Problems";
import type { Order } from "./run";

type Labelling = "said" | "none" | "one";

// Preview shows what a dropped folder holds, and asks where it is to go.
export function Preview({ project, plan, ready: all, into, begin, cancel }: {
  project: string; plan: Plan; ready: Ready[]; into: "train" | "test"; begin: (order: Order) => void; cancel: () => void;
}) {
  const session = useSession();
  const large = useMemo(() => all.filter((r) => r.smaller).length, [all]);
  const [smaller, setSmaller] = useState(true);
  const ready = useMemo(() => (smaller ? all : all.filter((r) => !r.smaller)), [all, smaller]);
  const hasLabels = all.some((r) => r.said);
  const whole = plan.layout === "folders" || plan.layout === "pictures";
  const [labelling, setLabelling] = useState<Labelling>(hasLabels ? "said" : "none");
  const [one, setOne] = useState(whole && plan.layout === "pictures" && !/\s|^\d/.test(plan.name) ? plan.name : "");
  const [target, setTarget] = useState<"said" | "train" | "test">(plan.divided ? "said" : all.every((r) => r.split === "test") ? "test" : into);
  const [bucket, setBucket] = useState(defaultBucket(session));
  const [prefix, setPrefix] = useState(`${project}/`);
  const [tried, setTried] = useState(false);
  const labels = useMemo(() => byLabel(ready), [ready]);
  const bytes = ready.reduce((n, r) => n + (r.picture?.file.size ?? 0), 0);
  const local = all.some((r) => r.picture);
  const trouble = { bucket: local ? nameTrouble(bucket) : undefined, one: labelling === "one" && !one.trim() ? "Name the label." : undefined };

  function start() {
    setTried(true);
    if (trouble.bucket || trouble.one) return;
    begin({ project, name: plan.name, bucket, prefix: prefix.replace(/^\/+/, "").replace(/([^/])$/, "$1/"), ready: ready.map((r) => ({ ...chosen(r, labelling, one.trim()), split: target === "said" ? r.split : target })) });
  }

  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Pictures", value: `${count(ready.length)}${local ? `, ${size(bytes)}` : " that lie in S3 already"}` },
          { label: "Read as", value: layoutNames[plan.layout] },
          { label: "Labels", value: labels.length === 0 ? "None yet" : `${labels.slice(0, 6).map(([l, n]) => `${l}\u00a0(${count(n)})`).join(", ")}${labels.length > 6 ? `, and ${labels.length - 6} more` : ""}` },
        ]}
      />
      {large > 0 && (
        <FormField label="Large pictures" description={`${counted(large, "picture has", "pictures have")} more than 4096 pixels a side, or more than 15 MB.`}>
          <Checkbox checked={smaller} onChange={({ detail }) => setSmaller(detail.checked)} description="Your files stay as they are. Without this, these pictures are left out.">
            Make them smaller for the upload, to fit 4096 pixels
          </Checkbox>
        </FormField>
      )}
      <ProblemList title="Left out, or in need of a look" problems={plan.problems.list} untold={plan.problems.untold} />
      {plan.others.length > 0 && (
        <ExpandableSection headerText={`Files that are no pictures (${count(plan.others.length)})`}>
          <Box variant="small">They stay where they are: {plan.others.slice(0, 30).join(", ")}{plan.others.length > 30 && " ..."}</Box>
        </ExpandableSection>
      )}
      {whole && (
        <FormField label="Labels">
          <RadioGroup
            value={labelling}
            onChange={({ detail }) => setLabelling(detail.value as Labelling)}
            items={[
              ...(hasLabels ? [{ value: "said", label: "From the names of the folders", description: `${counted(labels.length, "label")}` }] : []),
              { value: "none", label: "None: I label them here" },
              { value: "one", label: "The same label for all of them" },
            ]}
          />
        </FormField>
      )}
      {whole && labelling === "one" && (
        <FormField label="Label" errorText={tried && trouble.one}>
          <Input value={one} onChange={({ detail }) => setOne(detail.value)} />
        </FormField>
      )}
      <FormField label="Dataset">
        <RadioGroup
          value={target}
          onChange={({ detail }) => setTarget(detail.value as typeof target)}
          items={[
            ...(plan.divided ? [{ value: "said", label: "As the folder says", description: `${count(ready.filter((r) => r.split === "train").length)} to train on, ${count(ready.filter((r) => r.split === "test").length)} to test with` }] : []),
            { value: "train", label: "Training dataset", description: "A model learns from these." },
            { value: "test", label: "Test dataset", description: "A model is judged by these, and never sees them before." },
          ]}
        />
      </FormField>
      {local && (
        <ExpandableSection headerText="Where the pictures are kept" defaultExpanded={tried && !!trouble.bucket}>
          <SpaceBetween size="s">
            <FormField label="Bucket" description="It is created if it is not there." errorText={tried && trouble.bucket}>
              <Input value={bucket} onChange={({ detail }) => setBucket(detail.value.trim())} spellcheck={false} />
            </FormField>
            <FormField label="Prefix" description="What is there already, with the same name and size, is not uploaded again.">
              <Input value={prefix} onChange={({ detail }) => setPrefix(detail.value)} spellcheck={false} />
            </FormField>
          </SpaceBetween>
        </ExpandableSection>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="primary" onClick={start} disabled={ready.length === 0}>{local ? `Upload ${counted(ready.length, "picture")}` : `Add ${counted(ready.length, "picture")}`}</Button>
        <Button onClick={cancel}>Cancel</Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}

function chosen(r: Ready, labelling: Labelling, one: string): Ready {
  if (labelling === "said") return r;
  const labels = labelling === "one" ? [one] : [];
  return { ...r, labels, said: labels.length > 0, line: (at) => labelled(at, labels) };
}

function byLabel(ready: Ready[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const r of ready) for (const l of r.labels) counts.set(l, (counts.get(l) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
