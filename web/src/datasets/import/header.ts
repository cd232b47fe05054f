export interface Sides {
  width: number; // upright
  height: number;
  stored: { width: number; height: number }; // before its EXIF orientation turns it
}

const firstBytes = 128 << 10;
const mostBytes = 4 << 20; // some cameras put previews before the picture itself

// sidesOf reads the sides of a JPEG or PNG picture from its first bytes. undefined: it is neither, or broken.
export async function sidesOf(file: Blob): Promise<Sides | undefined> {
  for (let n = firstBytes; ; n = mostBytes) {
    const view = new DataView(await file.slice(0, n).arrayBuffer());
    const found = png(view) ?? jpeg(view);
    if (found || n === mostBytes || file.size <= n) return found;
  }
}

function png(b: DataView): Sides | undefined {
  if (b.byteLength < 24 || b.getUint32(0) !== 0x89504e47 || b.getUint32(4) !== 0x0d0a1a0a || b.getUint32(12) !== 0x49484452) return undefined;
  const sides = { width: b.getUint32(16), height: b.getUint32(20) };
  return { ...sides, stored: sides };
}

// jpeg goes from marker to marker until the frame's, and looks at EXIF on its way.
function jpeg(b: DataView): Sides | undefined {
  if (b.byteLength < 4 || b.getUint16(0) !== 0xffd8) return undefined;
  let turned = false;
  for (let at = 2; at + 9 < b.byteLength; ) {
    if (b.getUint8(at) !== 0xff) return undefined;
    const marker = b.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // fill
      continue;
    }
    const length = b.getUint16(at + 2);
    if (length < 2) return undefined;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const stored = { width: b.getUint16(at + 7), height: b.getUint16(at + 5) };
      return turned ? { width: stored.height, height: stored.width, stored } : { ...stored, stored };
    }
    if (marker === 0xe1 && at + 2 + length <= b.byteLength) turned ||= orientation(b, at + 4, length - 2) >= 5;
    at += 2 + length;
  }
  return undefined;
}

// orientation reads EXIF's: from 5 on a picture lies on its side.
function orientation(b: DataView, start: number, length: number): number {
  if (length < 14 || b.getUint32(start) !== 0x45786966) return 1;
  const tiff = start + 6, end = start + length;
  const little = b.getUint16(tiff) === 0x4949;
  const directory = tiff + b.getUint32(tiff + 4, little);
  if (directory + 2 > end) return 1;
  const count = b.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const field = directory + 2 + i * 12;
    if (field + 12 > end) return 1;
    if (b.getUint16(field, little) === 0x0112) return b.getUint16(field + 8, little);
  }
  return 1;
}
