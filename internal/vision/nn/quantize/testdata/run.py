"""Runs model.onnx of a folder over picture.f32 in Python's ONNX Runtime, as it is and without any fusing.

Usage: python run.py FOLDER CHANNELS HEIGHT WIDTH; prints {"fused": {output: numbers}, "plain": {...}}
"""

import json
import sys

import numpy as np
import onnxruntime as ort

folder, *sides = sys.argv[1:]
picture = np.fromfile(f"{folder}/picture.f32", dtype="<f4").reshape(1, *map(int, sides))
levels = {"fused": ort.GraphOptimizationLevel.ORT_ENABLE_ALL, "plain": ort.GraphOptimizationLevel.ORT_DISABLE_ALL}
answers = {}
for name, level in levels.items():
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
    outputs = [o.name for o in session.get_outputs()]
    answers[name] = {o: a.ravel().tolist() for o, a in zip(outputs, session.run(outputs, {"picture": picture}))}
print(json.dumps(answers))
