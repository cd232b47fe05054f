import type { ExportImageTask } from "@aws-sdk/client-appstream";
import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { when } from "../projects/when";
import { Failure } from "../shell/Failure";
import { Download } from "./Download";
import { type useExports, useExporting } from "./queries";
import { barOf } from "./State";

function State({ task, said }: { task: ExportImageTask; said?: string }) {
  switch (task.State) {
    case "COMPLETED":
      return <StatusIndicator>Completed</StatusIndicator>;
    case "EXPORTING":
      return (said && barOf(said, "Exporting", `Exporting ${task.AmiName}`, "standalone")) || (
        <div>
          <StatusIndicator type={said?.startsWith("Waiting to try again") ? "warning" : "in-progress"}>Exporting</StatusIndicator>
          {said && <Box variant="small" display="block">{said.replace(/^Exporting: w/, "W")}</Box>}
        </div>
      );
    default:
      return (
        <div>
          <StatusIndicator type="error">{task.State === "TIMED_OUT" ? "Timed out" : "Failed"}</StatusIndicator>
          {task.ErrorDetails?.map((e, i) => <Box key={i} variant="small" display="block">{e.ErrorMessage}</Box>)}
        </div>
      );
  }
}

// ExportList lists export tasks: of a region or, when its image is the page, of that one.
export function ExportList({ region, tasks, image }: { region: string; tasks: ReturnType<typeof useExports>; image?: string }) {
  const said = useExporting(region, !!tasks.data?.some((t) => t.State === "EXPORTING")).data;
  if (tasks.error) return <Failure of="The exports" thrown={tasks.error} retry={() => void tasks.refetch()} />;
  return (
    <Table
      items={tasks.data ?? []}
      loading={tasks.isPending}
      loadingText="Loading the exports"
      trackBy="TaskId"
      wrapLines
      ariaLabels={{ tableLabel: "Exports" }}
      header={
        <Header variant="h2" counter={tasks.data && `(${tasks.data.length})`} description="Disks that were written to S3. Each has a number, and can be imported again.">
          {image ? "Exports" : `In ${region}`}
        </Header>
      }
      empty={image ? "It was not exported yet. Actions, Export writes its disk to S3." : "Nothing was exported yet. Choose an image, then Actions, Export."}
      columnDefinitions={[
        {
          id: "name", header: "Disk", isRowHeader: true, minWidth: 138,
          cell: (t) => (
            <div>
              {t.AmiName}
              {t.AmiDescription && <Box variant="small" display="block">{t.AmiDescription}</Box>}
            </div>
          ),
        },
        ...(image ? [] : [{ id: "image", header: "Image", minWidth: 120, cell: (t: ExportImageTask) => t.ImageArn?.split("image/")[1] }]),
        { id: "state", header: "State", minWidth: 150, cell: (t) => <State task={t} said={said?.get(t.TaskId ?? "")} /> },
        {
          id: "number", header: "Number", minWidth: 230,
          cell: (t) => (t.AmiId ? <CopyToClipboard variant="inline" textToCopy={t.AmiId} copyButtonAriaLabel="Copy the number" copySuccessText="Copied" copyErrorText="The browser did not allow it" /> : "-"),
        },
        { id: "created", header: "Started", minWidth: 130, cell: (t) => when(t.CreatedDate) },
        { id: "file", header: "File", minWidth: 140, cell: (t) => (t.State === "COMPLETED" ? <Download task={t} region={region} /> : "-") },
      ]}
    />
  );
}
