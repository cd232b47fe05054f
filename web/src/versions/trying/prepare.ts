import { jpegOf, opened, within } from "../../pictures/smaller";

// A picture is sent as it is where the service takes it: JPEG or PNG, up to 4 MB, up to 4096 pixels a side. Others are made so.
const mostBytes = 4 * 1024 * 1024;
const mostSide = 4096;

export interface Prepared {
  bytes: Uint8Array;
  url: string; // of what is sent, in this tab
  width: number; // upright
  height: number;
  note?: string; // what was done to it
}

function known(b: Uint8Array): boolean {
  return (b[0] === 0xff && b[1] === 0xd8) || (b[0] === 0x89 && b[1] === 0x50 && b[2] === 0x4e && b[3] === 0x47);
}

export async function prepare(file: Blob): Promise<Prepared> {
  const picture = await opened(file);
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { width, height } = picture;
    const reasons = [
      !known(bytes) && "it is neither JPEG nor PNG",
      bytes.length > mostBytes && `it has ${(bytes.length / 1e6).toFixed(1)} MB, and 4 MB can be sent directly`,
      Math.max(width, height) > mostSide && `it has ${width} × ${height} pixels, and ${mostSide} a side are allowed`,
    ].filter((r) => r !== false);
    if (!reasons.length) return { bytes, url: URL.createObjectURL(file), width, height };
    const smaller = await reencoded(picture);
    const size = `${smaller.width} × ${smaller.height} pixels, ${(smaller.bytes.length / 1e6).toFixed(1)} MB`;
    return { ...smaller, note: `Sent as a JPEG of ${size}, for ${reasons.join(", and ")}. From S3 up to 15 MB can be used.` };
  } finally {
    picture.close();
  }
}

// reencoded makes a picture a JPEG that fits, as large as it can be.
async function reencoded(picture: ImageBitmap): Promise<Prepared> {
  for (let side = Math.min(mostSide, Math.max(picture.width, picture.height)); ; side = Math.round(side * 0.8)) {
    const made = within(picture, side);
    const blob = await jpegOf(picture, made);
    if (blob.size <= mostBytes) return { bytes: new Uint8Array(await blob.arrayBuffer()), url: URL.createObjectURL(blob), ...made };
  }
}
