import type { ExportImageTask } from "@aws-sdk/client-appstream";
import Button from "@cloudscape-design/components/button";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useNavigate } from "react-router-dom";
import { isRefused } from "../session/remedy";
import { useSession } from "../session/session";
import { useNotices } from "../shell/notices";
import { bucketOf } from "./disk";
import { useExport, useExporting } from "./queries";
import { barOf } from "./State";

// An export is followed in a notice until its file is there.

// useFollowExport gives what begins to follow an export in a region.
export function useFollowExport() {
  const { say } = useNotices();
  const known = useQueryClient();
  return useCallback(
    (task: ExportImageTask, region: string) => {
      void known.invalidateQueries({ queryKey: ["exports", region] });
      say({ id: idOf(task), type: "in-progress", header: `Exporting ${imageOf(task)}`, content: <Followed task={task} region={region} />, action: <Open region={region} /> });
    },
    [say, known],
  );
}

const idOf = (task: ExportImageTask) => `export ${task.TaskId}`;
const imageOf = (task: ExportImageTask) => task.ImageArn?.split("image/")[1] ?? "";

function Open({ region }: { region: string }) {
  const navigate = useNavigate();
  return <Button onClick={() => navigate(`/images/${region}/exports`)}>View exports</Button>;
}

function Followed({ task, region }: { task: ExportImageTask; region: string }) {
  const { say } = useNotices();
  const known = useQueryClient();
  const { account } = useSession();
  const now = useExport(region, task).data;
  useEffect(() => {
    if (!now || now.task.State === "EXPORTING") return;
    const completed = now.task.State === "COMPLETED";
    const bucket = bucketOf(account, region);
    void known.invalidateQueries({ queryKey: ["exports", region] });
    say({
      id: idOf(task),
      type: completed ? "success" : "error",
      header: completed ? `${imageOf(task)} was exported` : `Exporting ${imageOf(task)} ${now.task.State === "TIMED_OUT" ? "took too long" : "failed"}`,
      content: completed
        ? <span style={{ overflowWrap: "anywhere" }}>Its disk is {now.file ? `s3://${bucket}/${now.file}` : `in the bucket ${bucket}`}, with the number {now.task.AmiId}.</span>
        : now.task.ErrorDetails?.map((e) => e.ErrorMessage).join(" "),
      action: <Open region={region} />,
    });
  }, [now, task, region, account, say, known]);
  const { data, error } = useExporting(region, now?.task.State === "EXPORTING");
  const said = data?.get(task.TaskId ?? "");
  return (
    <>
      {said && (barOf(said, "Exporting", `Exporting ${imageOf(task)}`, "flash") ?? `${said.replace(/^Exporting: w/, "W")}. `)}
      {isRefused(error) && "This key may not see how far it is: that needs the right ownsight:DescribeDisks. "}
      It goes on when this page is closed.
    </>
  );
}
