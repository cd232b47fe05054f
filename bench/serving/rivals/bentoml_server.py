"""BentoML with two workers: bentoml serve bentoml_server:Bench, the model's file in BENCH_MODEL."""
import os

import bentoml

from classifier import Classifier


@bentoml.service(workers=2, metrics={"enabled": False}, logging={"access": {"enabled": False}}, traffic={"timeout": 60})
class Bench:
    def __init__(self) -> None:
        self.classifier = Classifier(os.environ["BENCH_MODEL"])

    @bentoml.api(route="/classify")
    async def classify(self, picture: bytes, /, ctx: bentoml.Context) -> dict:
        ctx.response.headers["Worker"] = str(os.getpid())
        return self.classifier.answer(picture)
