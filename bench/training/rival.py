#!/usr/bin/env python3
"""Fine-tunes all of EfficientNet-Lite0 on a folder of pictures in PyTorch, as one would do it without Ownsight.

Every epoch sees each picture once, in a new view: 45 to 100 % of its area, mirrored or not, in another light. AdamW,
one cycle of rates up to the peak (five times that for the last layer), batch normalisation in training mode, dropout
0.2, channels_last, two threads. With one label a picture: softmax, label smoothing 0.05, classes weighed by n^-1/2;
with several: sigmoid.
Pictures are decoded once and kept in memory. Prints one JSON object; what it answers is measured on the test split.
"""
import time

STARTED = time.perf_counter()

import argparse
import json
import math
import pathlib
import random
import resource
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

import lite0
import pack

SIDE, KEPT = 224, 256  # of what the network sees; of what is kept in memory
THREADS = 2
BATCH = 16
SMOOTHING = 0.05
HEAD = 5  # the last layer's rate beside the others'
WEIGHTS = pathlib.Path("build/vendor/backbone/efficientnet-lite0-57934424.pth")


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--peak", type=float, required=True, help="highest rate of the cycle")
    p.add_argument("--epochs", type=int, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--limit", type=int, default=0, help="training pictures a label at most (0: all)")
    p.add_argument("--weights", type=pathlib.Path, default=WEIGHTS)
    return p.parse_args()


def decode(path: pathlib.Path, side: int) -> Image.Image:
    """The whole picture, upright, as a square."""
    with Image.open(path) as picture:
        picture.draft("RGB", (side, side))
        return ImageOps.exif_transpose(picture).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)


def levels(brightness: float = 1, contrast: float = 1) -> np.ndarray:
    """The network's input for each 8-bit value."""
    lit = (np.arange(256, dtype=np.float32) * brightness - 127.5) * contrast + 127.5
    return (lit.clip(0, 255) - 127) / 128


def view(picture: Image.Image, chance: random.Random) -> np.ndarray:
    """A new look at a picture, [224, 224, 3]."""
    area, stretch = chance.uniform(0.45, 1), 1.25 ** chance.uniform(-1, 1)
    width, height = min(math.sqrt(area * stretch), 1) * KEPT, min(math.sqrt(area / stretch), 1) * KEPT
    left, top = chance.uniform(0, KEPT - width), chance.uniform(0, KEPT - height)
    looked = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
    if chance.random() < 0.5:
        looked = looked.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return levels(chance.uniform(0.8, 1.2), chance.uniform(0.8, 1.2))[np.asarray(looked)]


def tensor(views: list[np.ndarray]) -> torch.Tensor:
    """[N, 3, 224, 224], channels last."""
    return torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2)


def targets(pictures: list[pack.Picture], labels: list[str]) -> torch.Tensor:
    return torch.tensor([[float(label in p.labels) for label in labels] for p in pictures])


def groups(network: lite0.Lite0) -> list[dict]:
    """Parameters for the optimiser: weights; biases and norms, which do not decay; the last layer."""
    head = list(network._fc.parameters())
    body = [p for name, p in network.named_parameters() if not name.startswith("_fc.")]
    weights, rest = [p for p in body if p.dim() > 1], [p for p in body if p.dim() == 1]
    return [{"params": weights}, {"params": rest, "weight_decay": 0}, {"params": head}]


class Training:
    def __init__(self, a: argparse.Namespace, truth: torch.Tensor, single: bool, pool: ThreadPoolExecutor):
        self.epochs, self.pool, self.chance = a.epochs, pool, random.Random(a.seed)
        self.truth, self.single = truth, single
        self.weights = self.truth.sum(0).clamp(min=1).rsqrt()
        self.batch = min(BATCH, len(truth))
        self.steps = len(truth) // self.batch  # an epoch; what is left over has its turn in another
        self.network = lite0.pretrained(a.weights, truth.shape[1])
        self.optimizer = torch.optim.AdamW(groups(self.network), a.peak, weight_decay=0.01, fused=True)
        peaks, steps = [a.peak, a.peak, HEAD * a.peak], self.steps * a.epochs
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, peaks, total_steps=steps)
        self.viewing = 0.0  # seconds

    def run(self, pictures: list[Image.Image]) -> None:
        for epoch in range(self.epochs):
            self.network.train()
            order = self.chance.sample(range(len(pictures)), len(pictures))
            loss = sum(self.step(pictures, order[i * self.batch : (i + 1) * self.batch]) for i in range(self.steps))
            seconds = time.perf_counter() - STARTED
            print(f"epoch {epoch + 1}: loss {loss / self.steps:.4f}, {seconds:.0f} s", file=sys.stderr)

    def step(self, pictures: list[Image.Image], which: list[int]) -> float:
        start = time.perf_counter()
        chances = [random.Random(self.chance.getrandbits(64)) for _ in which]
        inputs = tensor(list(self.pool.map(view, (pictures[i] for i in which), chances)))
        self.viewing += time.perf_counter() - start
        loss = self.loss(self.network(inputs), self.truth[which])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        return loss.item()

    def loss(self, logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        if self.single:
            return F.cross_entropy(logits, truth.argmax(1), self.weights, label_smoothing=SMOOTHING)
        return F.binary_cross_entropy_with_logits(logits, truth)

    @torch.inference_mode()
    def answer(self, pictures: list[Image.Image]) -> torch.Tensor:
        """Logits of whole pictures, [N, labels]."""
        self.network.eval()
        plain = levels()
        parts = [tensor([plain[np.asarray(p)] for p in pictures[i : i + 32]]) for i in range(0, len(pictures), 32)]
        return torch.cat([self.network(part) for part in parts])


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    a = parse()
    torch.set_num_threads(THREADS)
    torch.manual_seed(a.seed)
    everything = pack.read(a.folder, a.limit)
    train, test = ([p for p in everything if p.split == split] for split in ("train", "test"))
    labels, single = pack.labels_of(everything), all(len(p.labels) == 1 for p in everything)
    with ThreadPoolExecutor(THREADS) as pool:
        kept = list(pool.map(lambda p: decode(a.folder / p.file, KEPT), train))
        training = Training(a, targets(train, labels), single, pool)
        start, used = time.perf_counter(), cpu()
        training.run(kept)
        seconds, used = time.perf_counter() - start, cpu() - used
        logits = training.answer(list(pool.map(lambda p: decode(a.folder / p.file, SIDE), test)))
    scores = {p.file: dict(zip(labels, of)) for p, of in zip(test, logits.tolist())}
    out = {"torch": torch.__version__, "epochs": a.epochs}
    out |= {"labels": len(labels), "train": len(train), "test": len(test)}
    out |= {"train_s": round(seconds, 1), "views_s": round(training.viewing, 1), "cores_busy": round(used / seconds, 2)}
    if single:
        out["accuracy"] = round(pack.accuracy(test, scores), 4)
    out["macro_AP"] = round(pack.macro_average_precision(test, scores), 4)
    print(json.dumps(out | {"all_s": round(time.perf_counter() - STARTED, 1)}))


if __name__ == "__main__":
    main()
