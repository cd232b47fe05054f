import Button from "@cloudscape-design/components/button";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useNavigate } from "react-router-dom";
import { useSession } from "../session/session";
import { useNotices } from "../shell/notices";
import { atWork } from "./image";
import { useImage } from "./queries";
import { State } from "./State";

// An image that is being made, maybe in another region than the one on the page, is followed in a notice until it is there.
interface Made {
  region: string;
  name: string;
  verb: "Copying" | "Creating" | "Importing";
}

// useFollow gives what begins to follow an image of one's own.
export function useFollow() {
  const { say } = useNotices();
  const { account } = useSession();
  const known = useQueryClient();
  return useCallback(
    (made: Made) => {
      void known.invalidateQueries({ queryKey: ["images", made.region] });
      say({
        id: idOf(made), type: "in-progress", header: `${made.verb} ${made.name} in ${made.region}`,
        content: <Followed made={made} account={account} />, action: <Open made={made} account={account} />,
      });
    },
    [say, account, known],
  );
}

const idOf = (made: Made) => `image ${made.region} ${made.name}`;

function Open({ made, account }: { made: Made; account: string }) {
  const navigate = useNavigate();
  return <Button onClick={() => navigate(`/images/${made.region}/${account}/${made.name}`)}>View image</Button>;
}

function Followed({ made, account }: { made: Made; account: string }) {
  const { say } = useNotices();
  const known = useQueryClient();
  const image = useImage(made.region, account, made.name).data;
  const state = image?.State;
  const why = image?.StateChangeReason?.Message;
  useEffect(() => {
    if (state !== "AVAILABLE" && state !== "FAILED") return;
    void known.invalidateQueries({ queryKey: ["images", made.region] });
    say({
      id: idOf(made),
      type: state === "AVAILABLE" ? "success" : "error",
      header: state === "AVAILABLE" ? `${made.name} is available in ${made.region}` : `${made.verb} ${made.name} in ${made.region} failed`,
      content: state === "FAILED" ? why : undefined,
      action: <Open made={made} account={account} />,
    });
  }, [state, why, made, account, say, known]);
  return image && atWork(image) ? <State image={image} variant="flash" /> : null;
}
