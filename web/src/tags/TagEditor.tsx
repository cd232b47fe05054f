import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../session/session";
import { Failure } from "../shell/Failure";
import { useNotices } from "../shell/notices";
import { asList, type Tag, tagTrouble } from "./tags";
import { TagFields } from "./TagFields";

// TagEditor shows and changes the tags of a resource, in a frame of its own or as a part of something. Whose service it is knows how
// to load them, to put some and to remove some.
export function TagEditor({ arn, framed, load, put, remove }: {
  arn: string;
  framed?: boolean;
  load: () => Promise<Record<string, string> | undefined>;
  put: (tags: Record<string, string>) => Promise<unknown>;
  remove: (keys: string[]) => Promise<unknown>;
}) {
  const { fail } = useNotices();
  const { account } = useSession();
  const there = useQuery({ queryKey: ["tags", arn, account], queryFn: async () => (await load()) ?? {} });
  const [edited, setEdited] = useState<Tag[]>();
  const [busy, setBusy] = useState(false);
  const saved = there.data ?? {};
  const tags = edited ?? asList(saved);

  async function save() {
    setBusy(true);
    try {
      const gone = Object.keys(saved).filter((key) => !tags.some((t) => t.key === key));
      const changed = tags.filter((t) => saved[t.key] !== t.value);
      // What goes makes room for what comes: there may be 50 only.
      if (gone.length > 0) await remove(gone);
      if (changed.length > 0) await put(Object.fromEntries(changed.map((t) => [t.key, t.value])));
      setEdited(undefined);
    } catch (thrown) {
      fail("Saving the tags", thrown);
    }
    await there.refetch();
    setBusy(false);
  }

  if (there.error) return <Failure of="The tags" thrown={there.error} retry={() => void there.refetch()} />;
  const header = (
    <Header
      variant={framed ? "h2" : "h3"}
      description="Words of your own, to find and to bill by, and for policies to go by."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!edited || busy} onClick={() => setEdited(undefined)}>Undo</Button>
          <Button disabled={!edited || !!tagTrouble(tags)} loading={busy} onClick={() => void save()}>Save the tags</Button>
        </SpaceBetween>
      }
    >
      Tags
    </Header>
  );
  const fields = there.isPending ? <Box><Spinner /> Loading the tags</Box> : <TagFields tags={tags} set={setEdited} />;
  return framed ? <Container header={header}>{fields}</Container> : <SpaceBetween size="m">{header}{fields}</SpaceBetween>;
}
