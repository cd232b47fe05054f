import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

// Command is one to be typed in a terminal, with the server's address and the region, and a button that copies it.
export function Command({ of, region }: { of: string; region: string }) {
  const text = `ownsight ${of} --region ${region} --endpoint ${window.location.origin}`;
  return (
    <div style={{ display: "flex", gap: 4, alignItems: "flex-start", textAlign: "left" }}>
      <CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel="Copy the command" copySuccessText="Copied" copyErrorText="The browser did not allow it" />
      <Box variant="code"><span style={{ overflowWrap: "anywhere" }}>{text}</span></Box>
    </div>
  );
}
