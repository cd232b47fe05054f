import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import { Fragment } from "react";

// Command is one to be typed in a terminal, with the server's address and the region, and a button that copies it.
export function Command({ of, region }: { of: string; region: string }) {
  const text = `ownsight ${of} --region ${region} --endpoint ${window.location.origin}`;
  return (
    <div style={{ display: "flex", gap: 4, alignItems: "flex-start", textAlign: "left" }}>
      <CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel="Copy the command" copySuccessText="Copied" copyErrorText="The browser did not allow it" />
      {/* a line never ends within a flag: browsers break after its hyphens */}
      <Box variant="code"><span style={{ overflowWrap: "anywhere" }}>{text.split(" ").map((word, i) => <Fragment key={i}>{i > 0 && " "}<span style={{ display: "inline-block" }}>{word}</span></Fragment>)}</span></Box>
    </div>
  );
}
