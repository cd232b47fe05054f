import type { DatasetDescription, DatasetLabelDescription, ProjectDescription } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useNavigate } from "react-router-dom";
import { useRekognition } from "../session/clients";
import { Failure } from "../shell/Failure";
import { useNotices } from "../shell/notices";
import { count, counted } from "./amounts";
import { change, settled } from "./change";
import { Details } from "./Details";
import { type Entry, uriOf, withLabels } from "./entry";
import { Gallery } from "./Gallery";
import { LabelDialog, relabelled, type Way } from "./LabelDialog";
import type { Filter } from "./listing";
import { Remove } from "./Remove";
import { useSelection } from "./selection";
import { countOf, useGallery } from "./useGallery";

// Pictures is the gallery of a dataset, with what can be done to a selection.
export function Pictures({ project, arn, dataset, read, labels, byLabel, filter, setFilter, home }: {
  project: ProjectDescription; arn: string; dataset: DatasetDescription; read: number; labels: DatasetLabelDescription[]; byLabel: Map<string, number>; filter: Filter; setFilter: (f: Filter) => void; home: string;
}) {
  const rekognition = useRekognition();
  const queries = useQueryClient();
  const notices = useNotices();
  const navigate = useNavigate();
  const { listing, stale, renew, mine } = useGallery(arn, filter, dataset, read);
  const [open, setOpen] = useState<"labels" | "remove">();
  const [looked, setLooked] = useState<number>();
  const [gathering, setGathering] = useState(false);
  const selection = useSelection(listing, () => {
    setGathering(true);
    void listing!.all().finally(() => setGathering(false)).catch(() => {}); // the page shows what was thrown
  });
  const label = useCallback((e: Entry) => navigate(`${home}/label?at=${encodeURIComponent(uriOf(e.ref))}`), [navigate, home]);
  const step = useCallback((by: 1 | -1) => setLooked((i) => (i === undefined ? i : Math.max(0, Math.min((listing?.length ?? 1) - 1, i + by)))), [listing]);
  if (!listing) return null;
  const chosen = () => selection.list().map((i) => listing.entry(i)!);
  const shown = countOf(listing, filter, dataset, byLabel);

  // write changes lines here and there, and offers to take it back.
  async function write(changed: Map<number, string>, progress?: (done: number) => void, undo = true) {
    const before = new Map([...changed.keys()].map((i) => [i, JSON.stringify(listing!.entry(i)!.source)]));
    try {
      await change(rekognition, arn, [...changed.values()], { progress });
      listing!.replace(changed);
      const now = await settled(rekognition, arn);
      mine(now.LastUpdatedTimestamp);
      await queries.invalidateQueries({ queryKey: ["datasets"] });
      if (!undo) notices.unsay("changed");
      else notices.say({ id: "changed", type: "success", header: `Labels of ${counted(changed.size, "picture")} changed`, action: <Button onClick={() => void write(before, undefined, false)}>Undo</Button> });
    } catch (thrown) {
      notices.fail("Changing the labels", thrown);
      renew();
    }
  }

  const apply = (way: Way, names: string[], progress: (done: number) => void) =>
    write(new Map(selection.list().map((i) => {
      const e = listing.entry(i)!;
      return [i, withLabels(e, relabelled(e, way, names))];
    })), progress);

  const entry = looked === undefined ? undefined : listing.entry(looked);
  return (
    <SpaceBetween size="s">
      {stale && <Alert type="info" action={<Button onClick={renew}>Show the new state</Button>}>The dataset has changed since it was listed here.</Alert>}
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <span aria-live="polite">
          <Box variant="span">
            {gathering ? `Reading the rest, ${count(listing.length)} so far` : listing.done ? counted(listing.length, "picture") : `${count(listing.length)} of ${shown > listing.length ? count(shown) : "more"} read`}
          </Box>
        </span>
        <Button variant="inline-link" onClick={selection.all} disabled={listing.length === 0}>Select all</Button>
        {(gathering || listing.waiting) && <Spinner />}
      </SpaceBetween>
      {listing.thrown !== undefined && <Failure of="The list of pictures" thrown={listing.thrown} retry={() => listing.again()} />}
      {listing.done && listing.length === 0 ? (
        <Box textAlign="center" padding="xxl">
          <SpaceBetween size="s" alignItems="center">
            <Box>{filter.state === "errors" ? "No picture has errors." : filter.state === "unlabelled" && filter.labels.length === 0 && !filter.name ? "Every picture is labelled." : "No picture is like that."}</Box>
            <Button onClick={() => setFilter({ labels: [], state: "all", name: "" })}>Show all pictures</Button>
          </SpaceBetween>
        </Box>
      ) : (
        <Box>
          <Gallery listing={listing} count={shown} selection={selection} open={(i) => listing.entry(i) && setLooked(i)} />
          {selection.size > 0 && (
            <div className="gallery-bar">
              <Container disableContentPaddings>
                <Box padding={{ horizontal: "m", vertical: "s" }}>
                  <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                    <span role="status"><Box variant="span" fontWeight="bold">{count(selection.size)} selected</Box></span>
                    <Button variant="primary" onClick={() => setOpen("labels")}>Change labels</Button>
                    <Button onClick={() => label(listing.entry(selection.list()[0]!)!)}>Label from here</Button>
                    <Button onClick={() => setOpen("remove")}>Remove</Button>
                    <Button variant="link" onClick={selection.clear}>Clear</Button>
                  </SpaceBetween>
                </Box>
              </Container>
            </div>
          )}
        </Box>
      )}
      {entry && <Details entry={entry} step={step} label={() => label(entry)} close={() => setLooked(undefined)} />}
      {open === "labels" && <LabelDialog entries={chosen()} known={labels} apply={apply} close={() => setOpen(undefined)} />}
      {open === "remove" && <Remove project={project} arn={arn} uris={new Set(chosen().map((e) => uriOf(e.ref)))} close={() => setOpen(undefined)} />}
    </SpaceBetween>
  );
}
