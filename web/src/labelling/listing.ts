import type { ListDatasetEntriesCommandInput, ListDatasetEntriesCommandOutput, RekognitionClient } from "@aws-sdk/client-rekognition";
import { parse, uriOf } from "../datasets/entry";
import { page } from "../datasets/page";
import type { Work } from "./work";

export type Only = "all" | "unlabelled" | "labelled" | "errors";

export interface Selection {
  only: Only;
  label?: string;
  pictures?: string[]; // these alone, in this order
}

const atATime = 6; // pictures that are asked for by name
const mostTries = 100; // some 45 seconds

// Listing reads a dataset's pictures page by page, as far as somebody looks.
export class Listing {
  complete = false;
  private token?: string;
  private asked = 0; // of the pictures that are named
  private reading?: Promise<void>;

  constructor(private client: RekognitionClient, private arn: string, private selection: Selection, private work: Work) {}

  // upTo reads until so many pictures are there, or all.
  async upTo(count: number, signal?: AbortSignal): Promise<void> {
    while (!this.complete && this.work.rows.length < count && !signal?.aborted) {
      await (this.reading ??= this.next().finally(() => (this.reading = undefined)));
    }
  }

  // find reads until a picture is there and gives its row, if it is one of the selection.
  async find(uri: string, signal: AbortSignal): Promise<number | undefined> {
    const named = await this.ask({ SourceRefContains: uri });
    if (!named.DatasetEntries?.some((line) => uriOf(parse(line).ref) === uri)) return undefined;
    for (let from = 0; !signal.aborted; ) {
      const rows = this.work.rows;
      for (; from < rows.length; from++) if (uriOf(rows[from]!.ref) === uri) return from;
      if (this.complete) return undefined;
      await this.upTo(rows.length + 1, signal);
    }
    return undefined;
  }

  private async next() {
    if (this.selection.pictures) return this.nextNamed(this.selection.pictures);
    const got = await this.ask({ NextToken: this.token });
    this.token = got.NextToken;
    this.complete = !got.NextToken;
    this.work.add(got.DatasetEntries ?? []);
  }

  // nextNamed asks for pictures by their names, for the contract has no other way. Those that are gone are passed by.
  private async nextNamed(pictures: string[]) {
    const names = pictures.slice(this.asked, this.asked + atATime);
    const lines = await Promise.all(names.map(async (name) => {
      const got = await this.ask({ SourceRefContains: name });
      return got.DatasetEntries?.find((line) => uriOf(parse(line).ref) === name);
    }));
    this.asked += names.length;
    this.complete = this.asked >= pictures.length;
    this.work.add(lines.filter((line) => line !== undefined));
  }

  // Our own saving keeps the dataset from being listed all the time, but never for long.
  private ask(how: Partial<ListDatasetEntriesCommandInput>): Promise<ListDatasetEntriesCommandOutput> {
    const { only, label } = this.selection;
    return page(this.client, {
      ...how, DatasetArn: this.arn, ContainsLabels: label ? [label] : undefined,
      Labeled: only === "unlabelled" ? false : only === "labelled" ? true : undefined, HasErrors: only === "errors" || undefined,
    }, { tries: mostTries });
  }
}
