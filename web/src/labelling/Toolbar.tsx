import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import { Advice } from "./Advice";
import type { Mode } from "./Bench";
import { useDesk } from "./desk";
import type { Order } from "./doubt";
import { freed } from "./keys";
import type { Only } from "./listing";
import type { Suggester } from "./suggest";

interface Props {
  title: string;
  projectArn: string;
  arn: string;
  mode: Mode;
  setMode: (mode: Mode) => void;
  setSuggester: (s: Suggester | undefined) => void;
  only: Only;
  label?: string;
  first: Order;
  select: (name: string, value: string | undefined) => void;
}

const onlies: { value: Only; label: string }[] = [
  { value: "all", label: "All pictures" }, { value: "unlabelled", label: "Unlabelled" }, { value: "labelled", label: "Labelled" }, { value: "errors", label: "With errors" },
];

export function Toolbar({ title, projectArn, arn, mode, setMode, setSuggester, only, label, first, select }: Props) {
  const { labels, review } = useDesk();
  const shown = onlies.find((o) => o.value === only)!;
  return (
    <header className="labelling-toolbar">
      <h1 className="labelling-hidden">{title}</h1>
      <SegmentedControl
        label="How to label" selectedId={mode} onChange={freed(({ detail }) => setMode(detail.selectedId as Mode))}
        options={[{ id: "whole", text: "Whole pictures" }, { id: "many", text: "Many at once" }, { id: "boxes", text: "Boxes" }]}
      />
      <Select
        ariaLabel="Pictures to show" selectedOption={review ? { value: "review", label: `Likely wrong, by ${review.model}` } : label ? { value: `label ${label}`, label: `With ${label}` } : shown} expandToViewport
        options={[...onlies, { label: "With a label", options: labels.map((l) => ({ value: `label ${l}`, label: `With ${l}` })) }]}
        onChange={freed(({ detail }) => {
          const value = detail.selectedOption.value!;
          const named = value.startsWith("label ");
          select("only", named || value === "all" ? undefined : value);
          select("label", named ? value.slice("label ".length) : undefined);
        })}
      />
      {!review && <Advice projectArn={projectArn} arn={arn} boxes={mode === "boxes"} first={first} setSuggester={setSuggester} />}
    </header>
  );
}
