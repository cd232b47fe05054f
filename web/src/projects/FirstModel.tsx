import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSession } from "../session/session";

const steps = [
  ["1. Pictures", "Create a project and drag a folder of pictures onto it. Folders inside become labels: good, broken. Ten pictures of each are a beginning."],
  ["2. Labels", "Pictures without a label get one by a key press, or a box around each object. Skip this where folders or files have said it all."],
  ["3. Train and run", "One button trains a model, mostly in a minute or two. Read how good it is, start it, and try it with a picture or the camera."],
] as const;

// FirstModel stands where there is no project yet.
export function FirstModel({ create }: { create: () => void }) {
  const { region } = useSession();
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Teach a model to tell your own things apart, from pictures of them.">First model in five minutes</Header>
      <Container>
        <SpaceBetween size="l">
          <ColumnLayout columns={3} variant="text-grid">
            {steps.map(([title, text]) => (
              <div key={title}>
                <Box variant="h2" padding="n">{title}</Box>
                <Box variant="p">{text}</Box>
              </div>
            ))}
          </ColumnLayout>
          <Button variant="primary" onClick={create}>Create project</Button>
          <Box color="text-body-secondary" variant="small">There is no project in {region} yet. Those of another region are seen when it is chosen at the top.</Box>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
