import type { Image } from "@aws-sdk/client-appstream";
import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import { when } from "../projects/when";
import { Failure } from "../shell/Failure";
import { usePage } from "../shell/Shell";
import { Actions } from "./Actions";
import { Dialog, type Doing } from "./Dialog";
import { ExportList } from "./ExportList";
import { ownerOf, platforms, visibilities } from "./image";
import { useExports, useImage } from "./queries";
import { Sharing } from "./Sharing";
import { State } from "./State";
import { Tags } from "./Tags";

// ImagePage is one image. Whom it is shared with, its exports and its tags are for its owner.
export function ImagePage() {
  const { region = "", owner = "", name = "" } = useParams();
  const image = useImage(region, owner, name);
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  usePage([{ text: `Images in ${region}`, href: `/images/${region}` }, { text: name, href: `/images/${region}/${owner}/${name}` }]);
  if (image.error) return <Failure of={`The image ${name}`} thrown={image.error} retry={() => void image.refetch()} />;
  if (image.isPending) return image.failureReason ? <Failure of={`The image ${name}`} thrown={image.failureReason} /> : <Spinner size="large" />;
  if (!image.data) return null;
  const it = image.data;
  const own = it.Visibility === "PRIVATE";
  return (
    <ContentLayout header={<Header variant="h1" description={it.Description} actions={<Actions image={it} act={setDoing} />}>{it.DisplayName || name}</Header>}>
      <SpaceBetween size="l">
        {it.State === "FAILED" && (
          <Alert type="error" header={failures[it.StateChangeReason?.Code ?? ""] ?? "The image failed"}>
            {it.StateChangeReason?.Message} Delete this image, then try again under the same name.
          </Alert>
        )}
        <Details image={it} />
        {own && <Sharing image={it} region={region} />}
        {own && <ItsExports arn={it.Arn ?? ""} region={region} />}
        {own && <Tags image={it} region={region} />}
      </SpaceBetween>
      {doing && <Dialog doing={doing} region={region} close={() => setDoing(undefined)} gone={() => navigate(`/images/${region}`)} />}
    </ContentLayout>
  );
}

const failures: Record<string, string> = {
  IMAGE_COPY_FAILURE: "The copy failed", IMAGE_IMPORT_FAILURE: "The import failed", IMAGE_UPDATE_FAILURE: "The update failed",
};

function ItsExports({ arn, region }: { arn: string; region: string }) {
  return <ExportList region={region} tasks={useExports(region, arn)} image={arn} />;
}

function Details({ image }: { image: Image }) {
  const p = image.ImagePermissions;
  const applications = image.Applications ?? [];
  const may = [p?.allowFleet && "Fleets", p?.allowImageBuilder && "Image builders"].filter(Boolean).join(", ");
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          items={[
            { label: "State", value: <State image={image} /> },
            { label: "Name", value: image.Name },
            { label: "Platform", value: platforms[image.Platform ?? ""] ?? image.Platform ?? "-" },
            { label: "Visibility", value: visibilities[image.Visibility ?? ""] ?? image.Visibility },
            ...(image.Visibility === "SHARED" ? [{ label: "Owner", value: ownerOf(image) }, { label: "You may use it for", value: may || "-" }] : []),
            { label: "Created", value: when(image.CreatedTime) },
            ...(image.PublicBaseImageReleasedDate ? [{ label: "Released", value: when(image.PublicBaseImageReleasedDate) }] : []),
            { label: "Agent version", value: image.AppstreamAgentVersion || "-" },
            ...(applications.length > 0 ? [{ label: "Applications", value: applications.map((a) => a.DisplayName ?? a.Name).join(", ") }] : []),
          ]}
        />
        <KeyValuePairs columns={1} items={[{ label: "ARN", value: <Arn of={image.Arn ?? ""} /> }, { label: "Base image ARN", value: image.BaseImageArn ? <Arn of={image.BaseImageArn} /> : "-" }]} />
      </SpaceBetween>
    </Container>
  );
}

function Arn({ of }: { of: string }) {
  return (
    <span style={{ overflowWrap: "anywhere" }}>
      <CopyToClipboard variant="inline" textToCopy={of} copyButtonAriaLabel="Copy the ARN" copySuccessText="Copied" copyErrorText="The browser did not allow it" />
    </span>
  );
}
