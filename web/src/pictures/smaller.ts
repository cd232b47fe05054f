// What is larger than the service takes is made smaller here, in the browser: the files themselves stay as they are.

export interface Size {
  width: number;
  height: number;
}

// Unreadable says that this browser sees no picture in a file.
export class Unreadable extends Error {
  override name = "InvalidImageFormatException";
}

// opened decodes a picture and stands it upright, as its EXIF orientation says. It holds four bytes a pixel until it is closed.
export async function opened(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Unreadable("This browser cannot read the file as a picture.");
  }
}

// within gives the size that a picture has when its longer side is no more than side.
export function within({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// jpegOf makes a JPEG of a picture. It has no EXIF: as it lies, it is upright. What is transparent becomes white, as the server takes it.
export async function jpegOf(picture: ImageBitmap, { width, height }: Size, quality = 0.92): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}
