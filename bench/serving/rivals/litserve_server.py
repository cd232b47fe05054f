"""LitServe with two workers.

usage: litserve_server.py PORT MODEL.onnx
"""
import sys
from typing import Annotated

import litserve
from fastapi import Body

from classifier import Classifier

# The annotation makes LitServe hand over the body as it came; its own Request would be parsed as JSON.
JPEG = Annotated[bytes, Body(media_type="image/jpeg")]


class Api(litserve.LitAPI):
    def __init__(self, model: str) -> None:
        super().__init__(api_path="/classify")
        self.model = model

    def setup(self, device: str) -> None:
        self.classifier = Classifier(self.model)

    def decode_request(self, request: JPEG) -> bytes:
        return request

    def predict(self, file: bytes) -> dict:
        return self.classifier.answer(file)

    def encode_response(self, answer: dict) -> dict:
        return answer


if __name__ == "__main__":
    # ZeroMQ between the processes, as its documentation advises from a hundred requests a second on.
    server = litserve.LitServer(Api(sys.argv[2]), accelerator="cpu", devices=1, workers_per_device=2, fast_queue=True,
                                healthcheck_path="/healthz")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False, log_level="warning",
               access_log=False)
