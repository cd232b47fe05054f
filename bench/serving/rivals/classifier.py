"""What every rival does with a picture: scaled decoding by Pillow, the exported model on one thread of ONNX Runtime."""
import io
import json

import numpy
import onnxruntime
from PIL import Image


class Classifier:
    def __init__(self, model: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.size = (self.input.shape[3], self.input.shape[2])
        (card,) = self.session.get_modelmeta().custom_metadata_map.values()
        self.labels = json.loads(card)["labels"]

    def answer(self, file: bytes) -> dict[str, list[dict[str, str | float]]]:
        """The labels of a JPEG file and their scores, 0..1, best first."""
        picture = Image.open(io.BytesIO(file))
        picture.draft("RGB", self.size)  # decodes at the smallest scale that still fills the input
        pixels = numpy.asarray(picture.convert("RGB").resize(self.size, Image.Resampling.BILINEAR), numpy.float32)
        scores = self.session.run(None, {self.input.name: numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None])})[0][0]
        best = sorted(zip(self.labels, scores.tolist()), key=lambda label: -label[1])
        return {"labels": [{"name": name, "score": score} for name, score in best]}
