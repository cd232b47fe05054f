import { AppStreamClient } from "@aws-sdk/client-appstream";
import { RekognitionClient } from "@aws-sdk/client-rekognition";
import { S3Client } from "@aws-sdk/client-s3";
import { useMemo } from "react";
import { type Session, useSession } from "./session";

// settings point an AWS client at the server that this page came from.
export function settings(s: Pick<Session, "accessKeyId" | "secretAccessKey" | "sessionToken" | "region">, region = s.region) {
  return {
    endpoint: window.location.origin,
    region,
    credentials: { accessKeyId: s.accessKeyId, secretAccessKey: s.secretAccessKey, sessionToken: s.sessionToken || undefined },
    maxAttempts: 4,
  };
}

export function useRekognition(): RekognitionClient {
  const s = useSession();
  return useMemo(() => new RekognitionClient(settings(s)), [s]);
}

// useAppStream gives a client of the session's region or of another one.
export function useAppStream(region?: string): AppStreamClient {
  const s = useSession();
  return useMemo(() => new AppStreamClient(settings(s, region)), [s, region]);
}

// useS3 gives a client of the session's region or of another one.
export function useS3(region?: string): S3Client {
  const s = useSession();
  return useMemo(
    () => new S3Client({ ...settings(s, region), forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" }),
    [s, region],
  );
}
