"""Measure the generator: is what it draws new, of the finding it was asked for, and never twice the same?

    cd inference/training && python -m generator.evidence --data DIR --generator DIR --release DIR

Run again when the classifier has been trained again.
"""
from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import cv2
import numpy as np
import onnx
from sklearn.metrics import roc_auc_score

from data import list_records, load_pixels, split_by_group
from export import feature_map_of
from generator.card import generator_card
from generator.export import draw
from generator.prepare import prepare
from generator.train import HELD_OUT, SPLIT
from session import answers, open_session

SIDE = 64
BATCH = 16


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with NORMAL/ and PNEUMONIA/")
    parser.add_argument("--out", type=Path, default=Path(".hilum/training/generator"), help="caches, as of generator.train")
    parser.add_argument("--pixels", type=Path, help="decoded pixels (default: OUT/pixels.npy)")
    parser.add_argument("--generator", type=Path, required=True,
                        help="folder of generator.onnx and generator.json; evidence.json and GENERATOR_CARD.md are written there")
    parser.add_argument("--release", type=Path, required=True, help="the classifier's folder")
    parser.add_argument("--sheet", type=Path, help="PNG file to write with some drawings beside their nearest neighbours "
                        "(shows patients' images: not for a repository)")
    parser.add_argument("--each", type=int, default=500, help="drawings of either finding")
    return parser.parse_args(given)


def drawings(folder: Path, each: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """``each`` radiographs of either finding, uint8 [2 × each, 224, 224], and their findings."""
    description = json.loads((folder / "generator.json").read_text())
    session = open_session(folder / description["model"]["file"])
    random = np.random.default_rng(seed)
    texture = description["texture"]
    findings = np.arange(2).repeat(each)
    images = []
    for start in range(0, len(findings), BATCH):
        part = findings[start : start + BATCH]
        noise = description["noise"]["deviation"] * random.standard_normal((len(part), description["noise"]["numbers"]))
        fine = random.standard_normal((len(part), texture["channels"], texture["side"], texture["side"]))
        made = draw(session, noise.astype(np.float32), part.astype(np.int64), fine.astype(np.float32))
        images.append(np.round(made[:, 0] * 255).astype(np.uint8))
    return np.concatenate(images), findings


def looks(images: np.ndarray) -> np.ndarray:
    """Images uint8 [N, H, W] as rows of numbers to compare: 64 × 64 pixels with zero mean and unit deviation each."""
    small = np.stack([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images])
    flat = small.reshape(len(small), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / (flat.std(axis=1, keepdims=True) + 1e-6) / SIDE


class Classifier:
    """The shipped classifier with its calibration and thresholds, and its last features but one."""

    def __init__(self, folder: Path) -> None:
        self.release = json.loads((folder / "release.json").read_text())
        graph = onnx.load(folder / self.release["model"]["file"])
        self.features, _ = feature_map_of(graph, self.release["outputs"]["cam"])
        graph.graph.output.append(onnx.helper.make_tensor_value_info(self.features, onnx.TensorProto.FLOAT, None))
        self.session = open_session(graph.SerializeToString(), threads=1)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of pneumonia [N] and features [N, C] of unit length for images uint8 [N, 224, 224]."""
        logits, features = answers(self.session, [self.release["outputs"]["logits"], self.features], images, BATCH)
        calibration = self.release["calibration"]
        z = logits.astype(np.float64)
        margin = (z[:, 1] - z[:, 0] + calibration["bias"]) / calibration["temperature"]
        rows = features.mean(axis=(2, 3))
        return 1 / (1 + np.exp(-margin)), rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)


def nearest(rows: np.ndarray, others: np.ndarray, groups: np.ndarray | None = None,
            other_groups: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Distance [N] (mean squared difference for ``looks``) of each row to its nearest among the others, and which that is;
    with groups, only among those of another group."""
    distance, which = np.empty(len(rows)), np.empty(len(rows), dtype=int)
    squares = (others**2).sum(axis=1)
    for start in range(0, len(rows), 256):
        part = rows[start : start + 256]
        all_ = (part**2).sum(axis=1, keepdims=True) + squares - 2 * part @ others.T
        if groups is not None:
            all_[groups[start : start + 256, None] == other_groups[None]] = np.inf
        which[start : start + 256] = all_.argmin(axis=1)
        distance[start : start + 256] = np.maximum(all_.min(axis=1), 0)
    return distance, which


def spread(values: np.ndarray) -> dict[str, float]:
    """Minimum, low and middle percentiles of distances."""
    names = {"least": 0, "p1": 1, "p5": 5, "median": 50}
    return {name: round(float(np.percentile(values, share)), 4) for name, share in names.items()}


def decisions(p: np.ndarray, thresholds: dict[str, float]) -> dict[str, float]:
    """Shares of the three decisions."""
    review, suspected = thresholds["review"], thresholds["suspected"]
    return {"normal": float((p < review).mean()), "review": float(((p >= review) & (p < suspected)).mean()),
            "pneumonia-suspected": float((p >= suspected).mean())}


def main() -> None:
    options = arguments()
    records = list_records(options.data)
    labels = np.array([record.label for record in records])
    pixels = load_pixels(records, options.pixels or options.out / "pixels.npy")
    images, index = prepare(pixels, labels, options.out / "prepared.npz")
    kept = [records[i] for i in index]
    groups = np.array([record.group for record in kept])
    training, held_out = (np.array(part) for part in split_by_group(kept, HELD_OUT, salt=SPLIT))

    made, findings = drawings(options.generator, options.each)
    classifier = Classifier(options.release)
    p, made_features = classifier(made)
    thresholds = classifier.release["thresholds"]
    _, real_features = classifier(images)
    made_looks, real_looks = looks(made), looks(images)

    description = json.loads((options.generator / "generator.json").read_text())
    report: dict = {
        "generator": {"version": description["version"], "sha256": description["model"]["sha256"]},
        "drawings": {name: int((findings == value).sum()) for value, name in enumerate(("normal", "pneumonia"))},
        "classifier": {"name": classifier.release["name"], "version": classifier.release["version"],
                       "sha256": classifier.release["model"]["sha256"], "thresholds": thresholds},
        "auc": round(float(roc_auc_score(findings, p)), 4),
        "decisions": {name: decisions(p[findings == value], thresholds) for value, name in enumerate(("normal", "pneumonia"))},
        "nearest": {},
    }
    for name, ours, real in (("pixels", made_looks, real_looks), ("features", made_features, real_features)):
        to_training, which = nearest(ours, real[training])
        between, _ = nearest(real[training], real[training], groups[training], groups[training])
        unseen, _ = nearest(real[held_out], real[training])
        apart, _ = nearest(ours, ours, np.arange(len(ours)), np.arange(len(ours)))
        report["nearest"][name] = {
            "drawing to training": spread(to_training), "training to another patient": spread(between),
            "held-out patient to training": spread(unseen), "drawing to drawing": spread(apart),
            "drawings nearer than the nearest 1 % between patients": round(float((to_training < np.percentile(between, 1)).mean()), 4),
        }
        if name == "pixels" and options.sheet:
            closest = np.argsort(to_training)[:8]
            rows = [np.hstack(made[closest]), np.hstack(images[training][which[closest]])]
            cv2.imwrite(str(options.sheet), np.vstack(rows))
    (options.generator / "evidence.json").write_text(json.dumps(report, indent=2) + "\n")
    (options.generator / "GENERATOR_CARD.md").write_text(generator_card(description, report))
    print(json.dumps(report, indent=2), flush=True)


if __name__ == "__main__":
    main()
