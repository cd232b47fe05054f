// Asks a model's ONNX file about pictures, in the browser: nothing leaves it.
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1; // more need a page that is cross-origin isolated

export class Model {
  // file is the ONNX file, a Uint8Array.
  static async open(file) {
    const model = new Model();
    model.card = cardOf(file);
    model.session = await ort.InferenceSession.create(file);
    return model;
  }

  // The labels that reach their thresholds, or minConfidence, 0 to 100, in their place; best first. picture is a File or Blob.
  async detect(picture, minConfidence) {
    const { width, height } = this.card.input;
    const input = new ort.Tensor("float32", await pixels(picture, width, height), [1, 3, height, width]);
    const { scores, labels, boxes } = await this.session.run({ picture: input });
    const answers = [];
    scores.data.forEach((score, i) => {
      const label = labels ? Number(labels.data[i]) : i;
      if (score < (minConfidence === undefined ? this.card.thresholds[label] : minConfidence / 100)) return;
      const answer = { Name: this.card.labels[label], Confidence: 100 * score };
      if (boxes) {
        const [Left, Top, Width, Height] = boxes.data.slice(4 * i, 4 * i + 4);
        answer.Geometry = { BoundingBox: { Left, Top, Width, Height } };
      }
      answers.push(answer);
    });
    return answers.sort((a, b) => b.Confidence - a.Confidence);
  }
}

// The picture as the network takes it: the planes of red, green and blue, row by row, 0 to 255.
async function pixels(picture, width, height) {
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: "none" }); // upright
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  canvas.fillStyle = "white";
  canvas.fillRect(0, 0, bitmap.width, bitmap.height);
  canvas.drawImage(bitmap, 0, 0);
  const whole = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  const factor = [8, 4, 2].find((f) => bitmap.width >= f * width && bitmap.height >= f * height) ?? 1;
  const less = blocks(whole, factor);
  const small = squash(squash(less.data, less.width, less.height, width), less.height, width, height);
  const planes = new Float32Array(3 * width * height);
  planes.forEach((_, i) => (planes[i] = small[4 * (i % (width * height)) + Math.floor(i / (width * height))]));
  return planes;
}

// A pixel for the mean of each block of factor x factor pixels; blocks at the edges may be smaller.
function blocks(image, factor) {
  const out = new ImageData(Math.ceil(image.width / factor), Math.ceil(image.height / factor));
  out.data.forEach((_, i) => {
    const x = (Math.floor(i / 4) % out.width) * factor;
    const y = Math.floor(i / 4 / out.width) * factor;
    const right = Math.min(x + factor, image.width);
    const bottom = Math.min(y + factor, image.height);
    let sum = 0;
    for (let v = y; v < bottom; v++) for (let u = x; u < right; u++) sum += image.data[4 * (v * image.width + u) + (i % 4)];
    out.data[i] = Math.floor(sum / ((right - x) * (bottom - y)) + 0.5);
  });
  return out;
}

// Rounds to the nearest; what lies in the middle goes up, although sums of fractions may come out a little below it.
const half = 0.5 + 1e-6;

// Rows of width become rows of the given length, and rows become columns. A pixel is the mean of all that are near it, the nearer
// the more; a canvas would skip some.
function squash(rgba, width, height, length) {
  const out = new Uint8ClampedArray(4 * length * height);
  const scale = width / length;
  const support = Math.max(scale, 1);
  for (let i = 0; i < length; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.floor(centre - support + 0.5), 0);
    const end = Math.min(Math.floor(centre + support + 0.5), width);
    const weights = [];
    for (let k = first; k < end; k++) weights.push(Math.max(0, 1 - Math.abs(k + 0.5 - centre) / support));
    const total = weights.reduce((sum, w) => sum + w, 0);
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        weights.forEach((w, k) => (sum += w * rgba[4 * (y * width + first + k) + c]));
        out[4 * (i * height + y) + c] = Math.floor(sum / total + half);
      }
    }
  }
  return out;
}

// The model's card, which lies in the metadata of the file: field 14 of ONNX's ModelProto, pairs of key and value.
function cardOf(file) {
  const text = new TextDecoder();
  for (const [field, pair] of fields(file)) {
    if (field !== 14) continue;
    const entry = new Map(fields(pair));
    if (text.decode(entry.get(1)) === "ownsight.card") return JSON.parse(text.decode(entry.get(2)));
  }
  throw new Error("The file holds no card: it is not a model of Ownsight.");
}

// The fields of a protocol buffer that hold bytes.
function* fields(bytes) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const b = bytes[at++];
      value += (b & 127) * scale;
      if (!(b > 127)) return value;
    }
  };
  while (at < bytes.length) {
    const key = number();
    if (key % 8 === 0) number();
    else if (key % 8 === 1) at += 8;
    else if (key % 8 === 5) at += 4;
    else {
      const length = number();
      yield [Math.floor(key / 8), bytes.subarray(at, at + length)];
      at += length;
    }
  }
}
