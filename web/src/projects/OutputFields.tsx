import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { nameTrouble } from "../datasets/import/bucket";

export interface Output {
  bucket: string;
  prefix: string;
}

export const outputTrouble = (o: Output) => nameTrouble(o.bucket) ?? (o.prefix.length > 1024 ? "A prefix has up to 1024 characters." : undefined);

// OutputFields asks where a model and its report are to lie.
export function OutputFields({ value, set, tried }: { value: Output; set: (o: Output) => void; tried: boolean }) {
  return (
    <SpaceBetween size="m">
      <FormField label="Output bucket" description="The model and its report lie there. It is created if it is not there." errorText={tried && outputTrouble(value)}>
        <Input value={value.bucket} onChange={({ detail }) => set({ ...value, bucket: detail.value.trim() })} spellcheck={false} />
      </FormField>
      <FormField label="Output prefix">
        <Input value={value.prefix} onChange={({ detail }) => set({ ...value, prefix: detail.value.trim() })} spellcheck={false} />
      </FormField>
    </SpaceBetween>
  );
}
