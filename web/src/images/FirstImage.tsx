import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Command } from "./Command";
import type { Doing } from "./Dialog";

// FirstImage stands where a region has no images yet, and says how one is made.
export function FirstImage({ region, act }: { region: string; act: (doing: Doing) => void }) {
  return (
    <Container header={<Header variant="h2" description="An image is made of a disk file: qcow2, VHD or raw.">No images in {region} yet</Header>}>
      <SpaceBetween size="l">
        <SpaceBetween size="xxs">
          <Box>1. In a terminal, have the file checked and sent. It gets a number: ami-…</Box>
          <Command of="image register win.qcow2 --platform WINDOWS_SERVER_2022" region={region} />
        </SpaceBetween>
        <SpaceBetween size="xs">
          <Box>2. Import the disk under a name.</Box>
          <Button variant="primary" onClick={() => act({ verb: "import" })}>Import image</Button>
        </SpaceBetween>
        <Box color="text-body-secondary">Or choose another region above, and copy an image from there.</Box>
      </SpaceBetween>
    </Container>
  );
}
