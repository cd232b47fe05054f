"""Prints what a model's file gives in ONNX Runtime, as JSON: a list for each output, by name. usage: network.py FOLDER
WIDTH HEIGHT, where FOLDER has model.onnx and pixels.f32: the planes of red, green and blue of one picture, 0 to 255, as
float32."""
import json
import sys

import numpy
import onnxruntime

folder, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
picture = numpy.fromfile(folder + "/pixels.f32", dtype="<f4").reshape(1, 3, height, width)
names = [output.name for output in session.get_outputs()]
print(json.dumps({name: value.flatten().tolist() for name, value in zip(names, session.run(names, {"picture": picture}))}))
