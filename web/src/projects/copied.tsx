import { DescribeProjectVersionsCommand, type ProjectVersionDescription, RekognitionClient } from "@aws-sdk/client-rekognition";
import Button from "@cloudscape-design/components/button";
import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect } from "react";
import { useNavigate } from "react-router-dom";
import { duration } from "../datasets/amounts";
import { settings } from "../session/clients";
import { isRefused } from "../session/remedy";
import { useHolder, useSession } from "../session/session";
import { useNotices } from "../shell/notices";
import { CopyProgress } from "./CopyProgress";
import { remedyOf } from "./failed";
import { projectOf, regionOf, versionOf } from "./names";

// A copy of a version, maybe in another region than the one on the page, is followed in a notice until it has ended. It is always in
// the account of whoever asked for it: no account may copy into another one's project.
interface Copy {
  arn: string; // of the new version
  project: string; // its project's
  asked: number; // when, by this machine's clock
}

// useFollowCopy gives what begins to follow a copy.
export function useFollowCopy() {
  const { say } = useNotices();
  return useCallback(
    (copy: Copy) => say({ id: copy.arn, type: "in-progress", header: `Copying ${versionOf(copy.arn)} into ${placeOf(copy)}`, content: <Followed copy={copy} />, action: <Open copy={copy} /> }),
    [say],
  );
}

const placeOf = ({ project }: Copy) => projectOf(project);

function Open({ copy }: { copy: Copy }) {
  const navigate = useNavigate();
  const { begin } = useHolder();
  const session = useSession();
  const region = regionOf(copy.arn);
  const open = () => {
    if (region !== session.region) begin({ ...session, region });
    navigate(`/projects/${placeOf(copy)}/versions/${versionOf(copy.arn)}`);
  };
  return <Button onClick={open}>{region === session.region ? "Open the copy" : `Open it in ${region}`}</Button>;
}

// useCopy gives what has become of a copy; null: it is not there any more. It is asked for behind another tab, too: when it ended is said.
function useCopy({ arn, project }: Copy) {
  const session = useSession();
  return useQuery({
    queryKey: ["copy", arn, session.account],
    queryFn: async () => {
      const client = new RekognitionClient(settings(session, regionOf(arn)));
      try {
        const found = await client.send(new DescribeProjectVersionsCommand({ ProjectArn: project, VersionNames: [versionOf(arn)] }));
        return found.ProjectVersionDescriptions?.find((v) => v.ProjectVersionArn === arn) ?? null;
      } catch (thrown) {
        if ((thrown as Error).name === "ResourceNotFoundException") return null;
        throw thrown;
      }
    },
    refetchInterval: ({ state }) => (isRefused(state.error) || isOver(state.data) ? false : 1000),
    refetchIntervalInBackground: true,
  });
}

const isOver = (v?: ProjectVersionDescription | null) => v === null || (!!v && v.Status !== "COPYING_IN_PROGRESS");

function Followed({ copy }: { copy: Copy }) {
  const { say } = useNotices();
  const known = useQueryClient();
  const { data, error } = useCopy(copy);
  useEffect(() => {
    const refused = isRefused(error);
    if (!refused && !isOver(data)) return;
    for (const key of ["version", "versions"]) void known.invalidateQueries({ queryKey: [key] });
    say({ id: copy.arn, action: data && <Open copy={copy} />, ...(refused ? unseen(copy) : ended(copy, data ?? null)) });
  }, [data, error, copy, say, known]);
  return data ? <CopyProgress version={data} variant="flash" /> : null;
}

interface End {
  type: FlashbarProps.Type;
  header: string;
  content: ReactNode;
}

function ended(copy: Copy, v: ProjectVersionDescription | null): End {
  const name = versionOf(copy.arn), place = placeOf(copy);
  const now = new Date();
  const time = `${now.toLocaleTimeString()}, within ${duration(Math.ceil((now.getTime() - copy.asked) / 1000))}.`;
  if (!v || v.Status === "DELETING") return { type: "warning", header: `${name} was deleted from ${place}`, content: "Whether all of it had been copied is not known." };
  if (v.Status === "COPYING_FAILED") return { type: "error", header: `Copying ${name} into ${place} failed`, content: `${v.StatusMessage ?? ""} ${remedyOf(v)} It ended at ${time}` };
  return { type: "success", header: `${name} was copied into ${place}`, content: `It was there at ${time} It can be started.` };
}

// unseen says what is known of a copy that this key may ask for but not look at.
function unseen(copy: Copy): End {
  return {
    type: "info", header: `${versionOf(copy.arn)} is being copied into ${placeOf(copy)}`,
    content: (
      <span style={{ overflowWrap: "anywhere" }}>
        The server has taken the copy on. How it goes this key may not see: that needs the right rekognition:DescribeProjectVersions on {copy.project}. Whoever has it finds the
        copy on the project&apos;s page.
      </span>
    ),
  };
}
