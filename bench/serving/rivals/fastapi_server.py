"""FastAPI on uvicorn, two workers, with a handler as short as it gets.

usage: fastapi_server.py PORT MODEL.onnx
"""
import os
import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from classifier import Classifier

app = FastAPI()
if "BENCH_MODEL" in os.environ:  # in the workers
    classifier = Classifier(os.environ["BENCH_MODEL"])
WORKER = {"Worker": str(os.getpid())}


@app.get("/healthz")
async def health() -> None: ...


@app.post("/")
async def classify(request: Request) -> JSONResponse:
    # Where it is: with two workers on two cores a thread to hand it to costs more than it wins.
    return JSONResponse(classifier.answer(await request.body()), headers=WORKER)


if __name__ == "__main__":
    os.environ["BENCH_MODEL"] = sys.argv[2]
    uvicorn.run("fastapi_server:app", port=int(sys.argv[1]), workers=2, loop="uvloop", http="httptools",
                access_log=False, log_level="warning")
