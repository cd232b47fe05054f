import { type CSSProperties, type ReactNode, useEffect, useState } from "react";
import { type Ref, uriOf } from "../datasets/entry";
import { useS3 } from "../session/clients";
import { reduced, remembered, type Small } from "./store";

// useSmall loads a picture, at most side pixels wide and high.
export function useSmall(picture: Ref, side: number): { small?: Small; thrown?: unknown } {
  const s3 = useS3();
  const uri = uriOf(picture);
  const [state, set] = useState<{ uri: string; small?: Small; thrown?: unknown }>({ uri, small: remembered(picture, side) });
  useEffect(() => {
    const gone = new AbortController();
    reduced(s3, picture, side, gone.signal).then(
      (small) => gone.signal.aborted || set({ uri, small }),
      (thrown) => gone.signal.aborted || set({ uri, thrown }),
    );
    return () => gone.abort();
    // the picture is what its address is
  }, [s3, uri, side]); // eslint-disable-line
  return state.uri === uri ? state : { small: remembered(picture, side) };
}

// Thumbnail shows a picture within its frame. What is drawn over it, such as boxes, is given the size of the picture itself.
export function Thumbnail({ picture, side = 256, style, over, alt }: {
  picture: Ref; side?: number; style?: CSSProperties; over?: (size: { width: number; height: number }) => ReactNode; alt?: string;
}) {
  const { small, thrown } = useSmall(picture, side);
  if (thrown) return <div style={{ ...frame, ...style }} role="img" aria-label={`${picture.key} cannot be shown`}>{why[(thrown as Error).name] ?? "cannot be shown"}</div>;
  if (!small) return <div style={{ ...frame, ...style }} aria-busy="true" />;
  return (
    <div style={{ ...frame, ...style, position: "relative" }}>
      {/* The picture lies in the middle of the frame and keeps its sides' ratio, as the viewBox of what is drawn over it does. */}
      <img src={small.url} alt={alt ?? picture.key} draggable={false} decoding="async" style={{ position: "absolute", inset: 0, width: "100%", height: "100%", objectFit: "contain" }} />
      {over?.(small)}
    </div>
  );
}

const why: Record<string, string> = { NoSuchKey: "not there any more", NoSuchBucket: "its bucket is gone", AccessDenied: "not open to this key" };

const frame: CSSProperties = { display: "flex", alignItems: "center", justifyContent: "center", overflow: "hidden", background: "rgba(127,127,127,.12)", color: "inherit", fontSize: 12 };
