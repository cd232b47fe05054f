import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import { useEffect, useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { counted } from "../datasets/amounts";
import { Failure } from "../shell/Failure";
import { useChanges, useDesk } from "./desk";
import { Reviewed } from "./Reviewed";
import { isLabelled } from "./work";

// End stands after the last picture that was read: more are read, or all are through.
export function End() {
  const { work, listing, review } = useDesk();
  const { project, type } = useParams();
  const navigate = useNavigate();
  const [thrown, setThrown] = useState<unknown>();
  useChanges(work);
  const { rows } = work;
  const complete = listing.complete;
  const read = () => {
    setThrown(undefined);
    listing.upTo(rows.length + 200).catch(setThrown);
  };
  useEffect(read, [listing, rows.length]); // eslint-disable-line
  if (thrown) return <div className="labelling-frame labelling-centre"><Failure of="The next pictures" thrown={thrown} retry={read} /></div>;
  if (!complete) return <div className="labelling-frame labelling-centre" aria-busy="true"><Spinner size="large" /></div>;
  if (review) return <Reviewed review={review} />;
  const open = rows.filter((e) => !isLabelled(e)).length;
  const first = work.order.findIndex((row) => !isLabelled(rows[row]!));
  return (
    <div className="labelling-frame labelling-centre">
      <Box textAlign="center">
        <Box variant="h2">{rows.length === 0 ? "There are no pictures here" : open === 0 ? (rows.length === 1 ? "The picture is labelled" : `All ${counted(rows.length, "picture")} are labelled`) : `${counted(open, "picture")} of ${rows.length} not labelled`}</Box>
        <Box variant="p" color="text-body-secondary">{rows.length === 0 ? "Choose what to show above, or add pictures to the dataset." : "That was the last one. What you did is saved by itself."}</Box>
        <div style={{ display: "flex", flexWrap: "wrap", justifyContent: "center", gap: 8 }}>
          {open > 0 && <Button variant="primary" onClick={() => work.go(first)}>Go on with the first one</Button>}
          {rows.length > 0 && <Button onClick={() => work.go(0)}>Look through all again</Button>}
          <Button onClick={() => navigate(`/projects/${encodeURIComponent(project!)}/datasets/${type}`)}>To the dataset</Button>
          {open === 0 && rows.length > 0 && <Button variant="primary" onClick={() => navigate(`/projects/${encodeURIComponent(project!)}?train`)}>Train model</Button>}
        </div>
      </Box>
    </div>
  );
}
