import { AppStreamClient, ListExportImageTasksCommand } from "@aws-sdk/client-appstream";
import { settings } from "../session/clients";
import type { Session } from "../session/session";

// How far an export is has no place in an ExportImageTask. DescribeDisks, an operation of Ownsight's own beside those of AppStream, says it.

const service = "OwnsightDisks";
const text = 0, list = 1, structure = 3, operation = 9; // as the SDK numbers its schemas
const exported = [structure, service, "DiskExport", 0, ["TaskId", "Message"], [text, text]];
const nothing = [structure, service, "DescribeDisksRequest", 0, [], []];
const disks = [structure, service, "DescribeDisksResult", 0, ["Exports"], [[list, service, "Exports", 0, exported]]];

// toldOf gives, by their number, how far the exports of a region are that are under way: "Exporting: 1.2 GiB of 10 GiB (12 %), …".
export async function toldOf(session: Session, region: string): Promise<Map<string, string>> {
  const client = new AppStreamClient({ ...settings(session, region), protocolSettings: { defaultNamespace: service, serviceTarget: service } });
  const ask = new ListExportImageTasksCommand({});
  ask.middlewareStack.add((next, context) => (args) => {
    Object.assign(context.__smithy_context!, { operationSchema: [operation, service, "DescribeDisks", 0, nothing, disks] });
    return next(args);
  }, { step: "initialize", name: "DescribeDisks" });
  const { Exports } = (await client.send(ask)) as { Exports?: { TaskId: string; Message?: string }[] };
  return new Map(Exports?.map((e) => [e.TaskId, e.Message ?? ""]));
}
