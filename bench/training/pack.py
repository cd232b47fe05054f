"""A folder of pictures with a labels.csv, and what answers on its test pictures are measured by."""
import csv
import pathlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Scores = Mapping[str, Mapping[str, float]]  # of each picture, by label; a label that is not there has 0


class Picture(NamedTuple):
    file: str  # below the folder
    split: str  # train or test
    labels: frozenset[str]


def read(folder: pathlib.Path, limit: int = 0) -> list[Picture]:
    """The rows of labels.csv. With a limit, a training picture is left out once each of its labels has so many."""
    pictures, seen = [], Counter()
    with open(folder / "labels.csv", newline="") as file:
        for row in csv.DictReader(file):
            labels = row["label"].split("|") if row["label"] else []
            if limit and row["split"] == "train":
                if all(seen[label] >= limit for label in labels):
                    continue
                seen.update(labels)
            pictures.append(Picture(row["file"], row["split"], frozenset(labels)))
    return pictures


def average_precision(scored: Sequence[tuple[float, bool]], positives: int) -> float:
    """Area under the curve of precision over recall, each precision the best from its recall on."""
    precisions, hits = [], 0
    for i, (_, hit) in enumerate(sorted(scored, key=lambda s: -s[0]), 1):
        hits += hit
        if hit:
            precisions.append(hits / i)
    area, best = 0.0, 0.0
    for precision in reversed(precisions):
        best = max(best, precision)
        area += best / positives
    return area


def macro_average_precision(test: Sequence[Picture], scores: Scores) -> float:
    """Mean over the labels that the test pictures have."""
    each = []
    for label in labels_of(test):
        scored = [(scores[p.file].get(label, 0.0), label in p.labels) for p in test]
        each.append(average_precision(scored, sum(hit for _, hit in scored)))
    return sum(each) / len(each)


def accuracy(test: Sequence[Picture], scores: Scores) -> float:
    """Share of the pictures whose best label is right."""
    best = {file: max(of, key=of.get) for file, of in scores.items() if of}
    return sum(best.get(p.file) in p.labels for p in test) / len(test)


def macro_f1(test: Sequence[Picture], answers: Mapping[str, set[str]]) -> float:
    """Mean over the labels that the test pictures have, of what was answered at the model's thresholds."""
    each = []
    for label in labels_of(test):
        right = sum(label in p.labels and label in answers[p.file] for p in test)
        told = sum((label in p.labels) + (label in answers[p.file]) for p in test)
        each.append(2 * right / told)
    return sum(each) / len(each)


def labels_of(pictures: Sequence[Picture]) -> list[str]:
    return sorted(frozenset().union(*(p.labels for p in pictures)))
