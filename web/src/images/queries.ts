import {
  AppStreamClient, CreateUpdatedImageCommand, DescribeImagesCommand, type ExportImageTask, GetExportImageTaskCommand, type Image, ListExportImageTasksCommand,
  paginateDescribeImagePermissions, paginateDescribeImages, type SharedImagePermissions,
} from "@aws-sdk/client-appstream";
import { useQueries, useQuery } from "@tanstack/react-query";
import { settings, useAppStream, useS3 } from "../session/clients";
import { isRefused } from "../session/remedy";
import { useSession } from "../session/session";
import { bucketOf, fileOf } from "./disk";
import { toldOf } from "./exporting";
import { arnOf, atWork } from "./image";

// The account is part of every key, at its end: what one saw is not shown to another that signs in after it, and all that is
// known of a region or an image goes by the beginning of the key.

// What is in progress is asked for every second, everything else now and then: another client may have begun something.
const soon = 1000;
const later = 5000;

async function everyImage(client: AppStreamClient): Promise<Image[]> {
  const all: Image[] = [];
  for await (const page of paginateDescribeImages({ client }, {})) all.push(...(page.Images ?? []));
  return all;
}

// useImages gives every image that the account sees in a region.
export function useImages(region: string) {
  const client = useAppStream(region);
  const { account } = useSession();
  return useQuery({
    queryKey: ["images", region, account],
    queryFn: () => everyImage(client),
    refetchInterval: (q) => (q.state.data?.some(atWork) ? soon : later),
  });
}

// useCounts gives the number of images by region, of those regions that have answered.
export function useCounts(regions: string[], wanted: boolean): Map<string, number> {
  const session = useSession();
  return useQueries({
    queries: regions.map((region) => ({
      queryKey: ["images", region, session.account], queryFn: () => everyImage(new AppStreamClient(settings(session, region))), enabled: wanted, staleTime: 30_000,
    })),
    combine: (list) => new Map(list.flatMap((q, i) => (q.data ? [[regions[i]!, q.data.length] as const] : []))),
  });
}

// useImage gives one image, also one that another account shares.
export function useImage(region: string, owner: string, name: string, wanted = true) {
  const client = useAppStream(region);
  const { account } = useSession();
  const arn = arnOf(region, owner, name);
  return useQuery({
    queryKey: ["image", arn, account],
    queryFn: async () => (await client.send(new DescribeImagesCommand({ Arns: [arn] }))).Images?.[0] ?? null,
    refetchInterval: (q) => (q.state.data && atWork(q.state.data) ? soon : later),
    enabled: wanted,
  });
}

// useUpdatable tells by a dry run whether an updated image can be made of an image under a name. What is thrown says why not.
export function useUpdatable(region: string, image: Image, name: string, wanted: boolean) {
  const client = useAppStream(region);
  const { account } = useSession();
  return useQuery({
    queryKey: ["updatable", image.Arn, name, account],
    queryFn: async () => (await client.send(new CreateUpdatedImageCommand({ existingImageName: image.Name, newImageName: name, dryRun: true }))).canUpdateImage ?? false,
    enabled: wanted,
    gcTime: 0, // another one, made meanwhile, may change the answer
  });
}

// useSharing gives whom an image of one's own is shared with.
export function useSharing(region: string, name: string, wanted: boolean) {
  const client = useAppStream(region);
  const { account } = useSession();
  return useQuery({
    queryKey: ["sharing", region, name, account],
    queryFn: async () => {
      const all: SharedImagePermissions[] = [];
      for await (const page of paginateDescribeImagePermissions({ client }, { Name: name })) all.push(...(page.SharedImagePermissionsList ?? []));
      return all;
    },
    enabled: wanted,
  });
}

// useExports gives the export tasks of a region, or those of one image, the newest first.
export function useExports(region: string, arn?: string) {
  const client = useAppStream(region);
  const { account } = useSession();
  return useQuery({
    queryKey: ["exports", region, arn ?? "", account],
    queryFn: async () => {
      const all: ExportImageTask[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.send(new ListExportImageTasksCommand({ NextToken, Filters: arn ? [{ Name: "imageArn", Values: [arn] }] : undefined }));
        all.push(...(page.ExportImageTasks ?? []));
        NextToken = page.NextToken;
      } while (NextToken);
      return all;
    },
    refetchInterval: (q) => (q.state.data?.some((t) => t.State === "EXPORTING") ? soon : later),
  });
}

// useExport gives what has become of an export and then which file it is, as far as the key may look into the bucket.
export function useExport(region: string, { TaskId }: ExportImageTask) {
  const client = useAppStream(region);
  const s3 = useS3(region);
  const { account } = useSession();
  return useQuery({
    queryKey: ["export", region, TaskId, account],
    queryFn: async () => {
      const task = (await client.send(new GetExportImageTaskCommand({ TaskId }))).ExportImageTask!;
      return { task, file: task.State === "COMPLETED" ? await fileOf(s3, bucketOf(account, region), task).catch(() => undefined) : undefined };
    },
    refetchInterval: (q) => (!q.state.data || q.state.data.task.State === "EXPORTING" ? soon : false),
  });
}

// useExporting gives how far the exports of a region are that are under way. A key that may not ask is told so once.
export function useExporting(region: string, wanted: boolean) {
  const session = useSession();
  return useQuery({
    queryKey: ["exporting", region, session.account],
    queryFn: () => toldOf(session, region),
    refetchInterval: (q) => (isRefused(q.state.error) ? false : soon),
    enabled: wanted,
  });
}
