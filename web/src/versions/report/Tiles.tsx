import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

// Tiles puts figures side by side, as many in a row as there is room for.
export function Tiles({ tiles }: { tiles: { name: string; value: string; below: ReactNode }[] }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(130px, 1fr))", gap: "16px 24px" }}>
      {tiles.map((t) => (
        <div key={t.name}>
          <Box variant="awsui-key-label">{t.name}</Box>
          <Box fontSize="display-l" fontWeight="bold">{t.value}</Box>
          {t.below}
        </div>
      ))}
    </div>
  );
}
