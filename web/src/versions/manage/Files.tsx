import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { type Ref } from "../../datasets/entry";
import { useS3 } from "../../session/clients";
import { Failure } from "../../shell/Failure";
import { useNotices } from "../../shell/notices";
import { outputOf } from "../output";
import type { Version } from "../version";
import { sized } from "../words";

const kinds: [kind: string, ending: "json" | "html" | "onnx", what: string][] = [
  ["Model", "onnx", "The model, from picture to scores: for any ONNX Runtime"],
  ["Model", "json", "What it answers, from what and how well: labels, thresholds, input"],
  ["EvaluationReport", "html", "The report as one page, to keep or to send"],
  ["EvaluationReport", "json", "The same for programs"],
  ["EvaluationResultSummary", "json", "Figures in AWS's format"],
  ["TestingGroundTruth", "json", "What it was tested with, and what it answered"],
  ["TrainingGroundTruth", "json", "What it was trained on"],
  ["ManifestSummary", "json", "What was wrong with the manifests as a whole"],
  ["TrainingManifestWithValidation", "json", "The training manifest with what was wrong with its lines"],
  ["TestingManifestWithValidation", "json", "The same for the test set"],
];

const minute = 60;

interface File { at: Ref; what: string; size: number }

// Files are what a training left in the output location, to be taken.
export function Files({ version }: { version: Version }) {
  const s3 = useS3();
  const { fail } = useNotices();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["files", version.ProjectVersionArn, version.Status],
    staleTime: 60_000,
    queryFn: async () => {
      const all = await Promise.all(kinds.map(async ([kind, ending, what]): Promise<File | null> => {
        const at = await outputOf(version, kind, ending);
        try {
          const head = await s3.send(new HeadObjectCommand({ Bucket: at.bucket, Key: at.key }));
          return { at, what, size: head.ContentLength ?? 0 };
        } catch (thrown) {
          if ((thrown as { name?: string }).name === "NotFound") return null;
          throw thrown;
        }
      }));
      return all.filter((f) => f !== null);
    },
  });
  if (error) return <Failure of="The list of files" thrown={error} retry={() => void refetch()} />;

  // A signed link lets the browser take the file itself, however large it is.
  async function download({ at }: File) {
    try {
      const name = at.key.slice(at.key.lastIndexOf("/") + 1);
      const href = await getSignedUrl(s3, new GetObjectCommand({ Bucket: at.bucket, Key: at.key, ResponseContentDisposition: `attachment; filename="${name}"` }), { expiresIn: 5 * minute });
      const link = Object.assign(document.createElement("a"), { href, download: name });
      document.body.append(link);
      link.click();
      link.remove();
    } catch (thrown) {
      fail(`Downloading ${at.key}`, thrown);
    }
  }

  return (
    <Table
      header={<Header variant="h2" description={`In s3://${version.OutputConfig?.S3Bucket}/${version.OutputConfig?.S3KeyPrefix ?? ""}. The model is yours: it runs without this server too.`}>Files</Header>}
      loading={isPending} loadingText="Looking into the output location"
      items={data ?? []}
      trackBy={(f) => f.at.key}
      wrapLines
      empty="No file is left in the output location."
      columnDefinitions={[
        {
          id: "name", header: "File", isRowHeader: true, minWidth: 120,
          cell: (f) => <><span style={{ overflowWrap: "anywhere" }}>{f.at.key.slice(f.at.key.lastIndexOf("/") + 1)}</span><Box fontSize="body-s" color="text-body-secondary">{f.what}</Box></>,
        },
        { id: "size", header: "Size", width: 85, cell: (f) => <span style={{ whiteSpace: "nowrap" }}>{sized(f.size)}</span> },
        { id: "take", header: "Download", width: 95, cell: (f) => <Button iconName="download" variant="icon" ariaLabel={`Download ${f.at.key}`} onClick={() => void download(f)} /> },
      ]}
    />
  );
}
