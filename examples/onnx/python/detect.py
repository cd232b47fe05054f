#!/usr/bin/env python3
"""Ask a model's ONNX file about pictures. Needs onnxruntime, numpy and pillow."""

import argparse
import json

import numpy
import onnxruntime
from PIL import ExifTags, Image, ImageOps


class Model:
    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")  # exact integers on CPUs without VNNI, too
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.card = json.loads(self.session.get_modelmeta().custom_metadata_map["ownsight.card"])

    def detect(self, file, min_confidence=None):
        """The labels that reach their thresholds, or min_confidence, 0 to 100, in their place; best first."""
        outputs = self.session.run(None, {"picture": self.pixels(file)})
        names, thresholds = self.card["labels"], self.card["thresholds"]
        if self.card["task"] == "boxes":
            found = [(label, score, box) for box, score, label in zip(*outputs)]
        else:
            found = [(label, score, None) for label, score in enumerate(outputs[0][0])]
        answers = []
        for label, score, box in sorted(found, key=lambda f: -f[1]):
            if score < (thresholds[label] if min_confidence is None else min_confidence / 100):
                continue
            answer = {"Name": names[label], "Confidence": 100 * float(score)}
            if box is not None:
                answer["Geometry"] = {"BoundingBox": dict(zip(("Left", "Top", "Width", "Height"), map(float, box)))}
            answers.append(answer)
        return answers

    def pixels(self, file):
        """A picture as the network takes it: [1, 3, height, width], red, green, blue, 0 to 255."""
        width, height = size = self.card["input"]["width"], self.card["input"]["height"]
        picture = Image.open(file)
        lies = picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5  # on its side
        picture.draft("RGB", size[::-1] if lies else size)  # a JPEG is decoded at 1/2, 1/4 or 1/8 where that suffices
        jpeg = picture.format == "JPEG"
        picture = ImageOps.exif_transpose(picture)
        factors = [f for f in (8, 4, 2) if not jpeg and picture.width >= f * width and picture.height >= f * height]
        if picture.has_transparency_data:
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
        picture = picture.convert("RGB").reduce(max(factors, default=1)).resize(size, Image.Resampling.BILINEAR)
        return numpy.asarray(picture, numpy.float32).transpose(2, 0, 1)[None]


def main():
    parser = argparse.ArgumentParser(description="Ask a model about pictures: a line each, in the shape of DetectCustomLabels.")
    parser.add_argument("--min-confidence", type=float, help="0 to 100; without it, the model's own thresholds")
    parser.add_argument("model", help="the ONNX file")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    asked = parser.parse_args()
    model = Model(asked.model)
    for file in asked.pictures:
        print(json.dumps({"Picture": file, "CustomLabels": model.detect(file, asked.min_confidence)}))


if __name__ == "__main__":
    main()
