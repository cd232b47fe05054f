import { type ProjectVersionDescription, StartProjectVersionCommand } from "@aws-sdk/client-rekognition";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { versionOf } from "../../projects/names";
import { useRekognition } from "../../session/clients";
import { Ask } from "../../shell/Ask";
import { isRunning, useAgain } from "../version";

const whole = (text: string) => /^[1-9]\d{0,5}$/.test(text);

// Units starts a model with inference units, or changes those of one that runs.
export function Units({ version, close }: { version: ProjectVersionDescription; close: () => void }) {
  const client = useRekognition();
  const again = useAgain();
  const [running] = useState(isRunning(version)); // what was begun stays what it is while the model starts
  const [min, setMin] = useState(String(version.MinInferenceUnits ?? 1));
  const [max, setMax] = useState(version.MaxInferenceUnits ? String(version.MaxInferenceUnits) : "");
  const name = versionOf(version.ProjectVersionArn!);
  const minError = whole(min) ? undefined : "A whole number from 1 on.";
  const maxError = max === "" || (whole(max) && Number(max) >= Number(min)) ? undefined : "Empty, or a whole number that is not below the least.";
  const same = running && Number(min) === (version.MinInferenceUnits ?? 1) && (max ? Number(max) : undefined) === version.MaxInferenceUnits;
  return (
    <Ask
      title={running ? `Change the inference units of ${name}` : `Start ${name}`}
      doing={running ? `Changing the units of ${name}` : `Starting ${name}`}
      verb={running ? "Change" : "Start"}
      ready={!minError && !maxError && !same}
      close={close}
      act={async () => {
        await client.send(new StartProjectVersionCommand({ ProjectVersionArn: version.ProjectVersionArn, MinInferenceUnits: Number(min), MaxInferenceUnits: max ? Number(max) : undefined }));
        await again();
      }}
    >
      <Alert type="info">A unit reserves a quarter of a core: some 5 large pictures a second, or 40 to 50 of 1024 pixels. What no model uses goes to those that are asked for more.</Alert>
      <ColumnLayout columns={2}>
        <FormField label="Inference units" description="Reserved while the model runs." errorText={minError} i18nStrings={{ errorIconAriaLabel: "Error" }}>
          <Input type="number" inputMode="numeric" value={min} onChange={({ detail }) => setMin(detail.value)} />
        </FormField>
        <FormField label={<>At most <i>- optional</i></>} description="Up to where the reservation grows under load." errorText={maxError} i18nStrings={{ errorIconAriaLabel: "Error" }}>
          <Input type="number" inputMode="numeric" value={max} onChange={({ detail }) => setMax(detail.value)} />
        </FormField>
      </ColumnLayout>
      {running && <Box color="text-body-secondary">The model goes on answering while its units change.</Box>}
    </Ask>
  );
}
