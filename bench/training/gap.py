#!/usr/bin/env python3
"""How far the F1 that a server reports is from that on pictures it has not seen, through boto3.

The test pictures are halved at random, alike in labels. The server trains with one half as its test dataset and reports
an F1; what it then answers at its own thresholds is measured on both halves. Prints one JSON object:
reported_f1, same_half_f1 (should be the same), other_half_f1, and by_chance: the mean difference between the F1 of two
random halves of these answers, which no honesty can lessen.
"""
import argparse
import json
import os
import pathlib
import random
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pack

HALVINGS = 300  # to tell by_chance
META = {
    "confidence": 1,
    "human-annotated": "yes",
    "creation-date": "2026-01-01T00:00:00.000000",
    "job-name": "labeling-job/gap",
    "type": "groundtruth/image-classification",
}


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--endpoint", required=True)
    p.add_argument("--data", required=True, type=pathlib.Path, help="the server's data folder, for its credentials")
    p.add_argument("--split", type=int, required=True, help="which halving: a seed")
    p.add_argument("--limit", type=int, default=0, help="training pictures a label at most (0: all)")
    return p.parse_args()


def halve(test: list[pack.Picture], chance: random.Random) -> tuple[list[pack.Picture], list[pack.Picture]]:
    """Two halves that have as many pictures of each set of labels, give or take one."""
    order = sorted(test, key=lambda p: (sorted(p.labels), chance.random()))
    first = chance.randrange(2)
    return order[first::2], order[1 - first :: 2]


def by_chance(test: list[pack.Picture], answers: dict[str, set[str]]) -> float:
    chance, total = random.Random(0), 0.0
    for _ in range(HALVINGS):
        one, other = halve(test, chance)
        total += abs(pack.macro_f1(one, answers) - pack.macro_f1(other, answers))
    return total / HALVINGS


class Server:
    """An account of the server with a bucket and a project of its own."""

    def __init__(self, endpoint: str, data: pathlib.Path):
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(data / "credentials")
        os.environ["AWS_CONFIG_FILE"] = str(data / "config")
        import boto3  # reads these variables

        self.s3, self.rekognition = (boto3.client(name, endpoint_url=endpoint) for name in ("s3", "rekognition"))
        self.name = f"gap-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name)
        self.project = self.rekognition.create_project(ProjectName=self.name)["ProjectArn"]

    def line(self, picture: pack.Picture, labels: list[str]) -> str:
        out: dict[str, Any] = {"source-ref": f"s3://{self.name}/{picture.file}"}
        for i, label in enumerate(labels):
            if label in picture.labels:
                out |= {f"label-{i}": 1, f"label-{i}-metadata": META | {"class-name": label}}
        return json.dumps(out)

    def dataset(self, kind: str, folder: pathlib.Path, pictures: list[pack.Picture], labels: list[str]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda p: self.s3.upload_file(str(folder / p.file), self.name, p.file), pictures))
        manifest = "\n".join(self.line(p, labels) for p in pictures)
        self.s3.put_object(Bucket=self.name, Key=f"{kind}.manifest", Body=manifest.encode())
        source = {"GroundTruthManifest": {"S3Object": {"Bucket": self.name, "Name": f"{kind}.manifest"}}}
        created = self.rekognition.create_dataset(ProjectArn=self.project, DatasetType=kind, DatasetSource=source)
        arn = created["DatasetArn"]
        self.expect("CREATE_COMPLETE", lambda: self.rekognition.describe_dataset(DatasetArn=arn)["DatasetDescription"])

    def train(self) -> tuple[str, float]:
        """The version's ARN and the F1 that it reports."""
        output = {"S3Bucket": self.name, "S3KeyPrefix": "out"}
        self.rekognition.create_project_version(ProjectArn=self.project, VersionName="v1", OutputConfig=output)
        trained = self.expect("TRAINING_COMPLETED", self.version)
        return trained["ProjectVersionArn"], trained["EvaluationResult"]["F1Score"]

    def answers(self, arn: str, folder: pathlib.Path, pictures: list[pack.Picture]) -> dict[str, set[str]]:
        """The labels of each picture at the model's own thresholds."""
        self.rekognition.start_project_version(ProjectVersionArn=arn, MinInferenceUnits=1)
        self.expect("RUNNING", self.version)

        def ask(picture: pack.Picture) -> set[str]:
            image = {"Bytes": (folder / picture.file).read_bytes()}
            found = self.rekognition.detect_custom_labels(ProjectVersionArn=arn, Image=image)["CustomLabels"]
            return {label["Name"] for label in found}

        return {p.file: ask(p) for p in pictures}

    def version(self) -> dict[str, Any]:
        return self.rekognition.describe_project_versions(ProjectArn=self.project)["ProjectVersionDescriptions"][0]

    def expect(self, status: str, look) -> dict[str, Any]:
        while (found := look())["Status"].endswith(("IN_PROGRESS", "STARTING")):
            time.sleep(0.2)
        if found["Status"] != status:
            sys.exit(f"{found['Status']}, not {status}: {found.get('StatusMessage')}")
        return found


def main() -> None:
    a = parse()
    everything = pack.read(a.folder, a.limit)
    train, test = ([p for p in everything if p.split == split] for split in ("train", "test"))
    labels = pack.labels_of(everything)
    half, other = halve(test, random.Random(a.split))
    server = Server(a.endpoint, a.data)
    server.dataset("TRAIN", a.folder, train, labels)
    server.dataset("TEST", a.folder, half, labels)
    start = time.perf_counter()
    arn, reported = server.train()
    seconds = time.perf_counter() - start
    answers = server.answers(arn, a.folder, test)
    out = {"labels": len(labels), "train": len(train), "test": len(half), "train_s": seconds, "reported_f1": reported}
    out |= {"same_half_f1": pack.macro_f1(half, answers), "other_half_f1": pack.macro_f1(other, answers)}
    out["by_chance"] = by_chance(test, answers)
    print(json.dumps({name: round(value, 4) for name, value in out.items()}))


if __name__ == "__main__":
    main()
