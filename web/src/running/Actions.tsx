import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { StopOrDelete } from "../versions/manage/StopOrDelete";
import { Units } from "../versions/manage/Units";
import { canStart, isRunning, type Version } from "../versions/version";

const none = "Select a model.";
const several = "Select one model: each has units of its own.";

// Actions is what can be done with the selected models. Several can be stopped at once; units belong to one.
export function Actions({ selected }: { selected: Version[] }) {
  const [doing, setDoing] = useState<{ what: "units" | "stop"; models: Version[] }>(); // as they were when it was asked
  const close = () => setDoing(undefined);
  const one = selected.length === 1 ? selected[0] : undefined;
  const oneOnly = selected.length === 0 ? none : !one ? several : undefined;
  const starts = oneOnly ?? (canStart(one!) ? undefined : "It cannot be started now.");
  const changes = oneOnly ?? (isRunning(one!) ? undefined : "It does not run.");
  const stops = selected.length === 0 ? none : selected.every(isRunning) ? undefined : one ? "It does not run." : "Not all of them run.";
  const button = (text: string, why: string | undefined, what: "units" | "stop") =>
    <Button disabled={!!why} disabledReason={why} onClick={() => setDoing({ what, models: selected })}>{text}</Button>;
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {button("Start", starts, "units")}
        {button("Change units", changes, "units")}
        {button("Stop", stops, "stop")}
      </SpaceBetween>
      {doing?.what === "units" && <Units version={doing.models[0]!} close={close} />}
      {doing?.what === "stop" && <StopOrDelete what="stop" arns={doing.models.map((v) => v.ProjectVersionArn)} close={close} />}
    </>
  );
}
