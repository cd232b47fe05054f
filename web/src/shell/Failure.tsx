import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useEffect } from "react";
import { troubleOf } from "../session/remedy";
import { useHolder } from "../session/session";

// Failure stands where something could not be loaded.
export function Failure({ of, thrown, retry }: { of: string; thrown: unknown; retry?: () => void }) {
  const trouble = troubleOf(thrown);
  const { end } = useHolder();
  useEffect(() => {
    if (trouble.over) end(trouble.over);
  }, [trouble.over, end]);
  return (
    <Alert type="error" header={`${of} could not be loaded: ${trouble.header.toLowerCase()}`} action={retry && <Button onClick={retry}>Try again</Button>}>
      {trouble.text} {trouble.remedy}
      {trouble.requestId && <Box variant="small" display="block">Request {trouble.requestId}</Box>}
    </Alert>
  );
}
