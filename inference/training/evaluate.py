"""Validation under shift: perturbed copies, metrics with confidence intervals, calibration and thresholds."""
from __future__ import annotations

import zlib
from collections.abc import Callable

import cv2
import numpy as np
import torch
from sklearn.metrics import roc_auc_score

import augment as a
from data import at_size
from network import to_input

Perturbation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _name_box(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return a.burn_marker(a.burn_text(a.burn_text(image, rng), rng), rng)


def _combined(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    image = a.warp(image, float(rng.uniform(-6, 6)), float(rng.uniform(0.85, 1.2)), float(rng.uniform(0.85, 1.2)), 0.0,
                   (float(rng.uniform(-0.04, 0.04)), float(rng.uniform(-0.04, 0.04))))
    image = a.tone(image, float(rng.choice([0.7, 1.4])), float(rng.uniform(0.8, 1.2)))
    image = a.resample(image, 140, cv2.INTER_AREA, cv2.INTER_CUBIC)
    return a.jpeg(a.burn_text(image, rng), 60)


def _noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noisy = image + rng.standard_normal(image.shape, dtype=np.float32) * 8
    return a.jpeg(np.clip(noisy, 0, 255).astype(np.uint8), 40)


def _sharpen(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return cv2.addWeighted(image, 2.0, cv2.GaussianBlur(image, (0, 0), 1.5), -1.0, 0)


PERTURBATIONS: dict[str, Perturbation] = {
    "clean": lambda image, rng: image,
    "dark": lambda image, rng: a.tone(image, 1.6, 0.85, -0.05),
    "bright": lambda image, rng: a.tone(image, 0.6, 0.85, 0.05),
    "high-contrast": lambda image, rng: a.tone(image, 1.0, 1.5),
    "equalised": lambda image, rng: cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(image),
    "blur": lambda image, rng: cv2.GaussianBlur(image, (0, 0), 1.6),
    "sharpened": _sharpen,
    "low-resolution": lambda image, rng: a.resample(image, 90, cv2.INTER_AREA, cv2.INTER_CUBIC),
    "cropped": lambda image, rng: a.warp(image, 0, 1.25, 1.25, 0, (float(rng.uniform(-.05, .05)), float(rng.uniform(-.05, .05)))),
    "bordered": lambda image, rng: a.warp(image, 0, 0.8, 0.85, 0, (0.0, 0.0)),
    "widened": lambda image, rng: a.warp(image, 0, 1.25, 0.95, 0, (0.0, 0.0), cv2.BORDER_REPLICATE),
    "narrowed": lambda image, rng: a.warp(image, 0, 0.8, 1.1, 0, (0.0, 0.0)),
    "rotated": lambda image, rng: a.warp(image, float(rng.choice([-9.0, 9.0])), 1, 1, 0, (0.0, 0.0)),
    "text": _name_box,
    "noise": _noise,
    "combined": _combined,
}
QUICK = ("clean", "dark", "low-resolution", "widened", "narrowed", "combined")


WRITINGS = ("name box", "name", "black mask", "grey mask", "white mask")
CORNERS = ("top left", "top right", "bottom left", "bottom right")
# shares of width and height: what the network does not see (network.COVERED_WIDTH and _HEIGHT), and labels of small images
WRITING_AREAS = {"usual": (0.36, 0.18), "large": (0.45, 0.25)}
MOST_MOVED = 0.03  # of a probability by what says nothing of the lungs


def relabelled(image: np.ndarray, writing: str, corner: str, area: tuple[float, float] = WRITING_AREAS["usual"]) -> np.ndarray:
    """The image with a made-up name of three lines, in a box or straight on the image, or a mask over as much, in one
    corner, as modalities and de-identification tools do.

    Args:
        image: uint8 [H, W].
        writing, corner: of WRITINGS and CORNERS.
        area: shares of width and height.
    """
    image = image.copy()
    height, width = image.shape
    box_width, box_height = round(width * area[0]), round(height * area[1])
    left = width - box_width if corner.endswith("right") else 0
    top = height - box_height if corner.startswith("bottom") else 0
    if writing != "name":
        paper = {"name box": 0, "black mask": 0, "grey mask": 128, "white mask": 255}[writing]
        image[top : top + box_height, left : left + box_width] = paper
    if writing in ("name box", "name"):
        for row, line in enumerate(("DOE, JANE", "ID 4711-22", "2019-02-01 F")):
            baseline = (left + 2, top + round(box_height * (row + 0.9) / 3))
            cv2.putText(image, line, baseline, cv2.FONT_HERSHEY_SIMPLEX, 0.28 * width / 224, 255, 1, cv2.LINE_AA)
    return image


FINE_CHANGES: dict[str, Perturbation] = {
    "JPEG of quality 75": lambda image, rng: a.jpeg(image, 75),
    "JPEG of quality 95": lambda image, rng: a.jpeg(image, 95),
    "sampled otherwise": lambda image, rng: a.resample(image, 2 * len(image), cv2.INTER_CUBIC, cv2.INTER_AREA),
    "noise of a grey level": lambda image, rng: np.clip(
        (image + rng.standard_normal(image.shape, dtype=np.float32)).round(), 0, 255).astype(np.uint8),
}


def _shift(moved: dict[str, np.ndarray]) -> dict:
    """Of how far probabilities [N] move by each change: ``within``, the share of all that move by less than MOST_MOVED;
    ``worst``, the change with the least share, and that share; ``p95``, the 95th percentile."""
    within = {name: float((shift < MOST_MOVED).mean()) for name, shift in moved.items()}
    worst = min(within, key=within.__getitem__)
    together = np.concatenate(list(moved.values()))
    return {"limit": MOST_MOVED, "within": round(float((together < MOST_MOVED).mean()), 4),
            "p95": round(float(np.percentile(together, 95)), 4), "worst": {"change": worst, "within": round(within[worst], 4)}}


def writing_shift(probability_of: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray,
                  area: tuple[float, float] = WRITING_AREAS["usual"]) -> dict:
    """How far the probability moves when something is written on an image or masked (see :func:`_shift`).

    Args:
        probability_of: probabilities [N] of images uint8 [N, H, W].
    """
    before = probability_of(pixels)
    return _shift({f"{writing}, {corner}": np.abs(probability_of(np.stack([relabelled(i, writing, corner, area) for i in pixels])) - before)
                   for writing in WRITINGS for corner in CORNERS})


def fine_shift(probability_of: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray) -> dict:
    """How far the probability moves by changes that no eye sees (see :func:`_shift`)."""
    before = probability_of(pixels)
    return _shift({name: np.abs(probability_of(np.stack([change(np.ascontiguousarray(image), np.random.default_rng((zlib.crc32(name.encode()), i)))
                                                         for i, image in enumerate(pixels)])) - before)
                   for name, change in FINE_CHANGES.items()})


def perturbed(pixels: np.ndarray, name: str) -> np.ndarray:
    """The perturbed copy of images, uint8 [N, H, W] to the same; the same name gives the same copy every time.

    Raises:
        KeyError: no perturbation has this name.
    """
    change = PERTURBATIONS[name]
    seed = zlib.crc32(name.encode())
    return np.stack([change(np.ascontiguousarray(image), np.random.default_rng((seed, i))) for i, image in enumerate(pixels)])


@torch.no_grad()
def predict(model: torch.nn.Module, pixels: np.ndarray, size: int | None = None, batch: int = 64) -> np.ndarray:
    """Logits float32 [N, 2] of images uint8 [N, H, W]; ``size`` resizes them first."""
    model.eval()
    rows = []
    for start in range(0, len(pixels), batch):
        part = np.asarray(pixels[start : start + batch])
        if size is not None:
            part = at_size(part, size)
        rows.append(model(to_input(torch.from_numpy(np.ascontiguousarray(part))))[0].numpy())
    return np.concatenate(rows).astype(np.float32)


def predict_suite(model: torch.nn.Module, pixels: np.ndarray, names: tuple[str, ...], size: int | None = None) -> dict[str, np.ndarray]:
    """Logits [N, 2] of every named perturbed copy."""
    return {name: predict(model, perturbed(pixels, name), size) for name in names}


def margin(logits: np.ndarray) -> np.ndarray:
    """Pneumonia logit less normal logit, float64 [N]."""
    return logits[:, 1].astype(np.float64) - logits[:, 0]


def probability(logits: np.ndarray, temperature: float, bias: float) -> np.ndarray:
    """Calibrated probability of pneumonia: softmax((z + [0, bias]) / temperature)[1]."""
    return 1.0 / (1.0 + np.exp(-(margin(logits) + bias) / temperature))


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weights that give both classes the same total, sum 1. Calibration is for even odds: the class ratio of the
    data set is no prevalence."""
    counts = np.bincount(labels, minlength=2)
    return 0.5 / counts[labels]


def calibrate(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Temperature and bias with the least class-balanced negative log likelihood (Guo et al., "On calibration of
    modern neural networks", ICML 2017; the bias moves the balance of the classes as in Platt scaling)."""
    z = torch.from_numpy(margin(logits))
    y = torch.from_numpy(labels.astype(np.float64))
    weights = torch.from_numpy(class_weights(labels))
    parameters = torch.zeros(2, dtype=torch.float64, requires_grad=True)  # log temperature, bias
    optimiser = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scaled = (z + parameters[1]) / parameters[0].exp()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scaled, y, weight=weights, reduction="sum")
        loss.backward()
        return loss

    optimiser.step(closure)
    values = parameters.detach()
    return float(values[0].exp()), float(values[1])


def expected_calibration_error(p: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Class-balanced expected calibration error over equal bins of the probability (Naeini et al., AAAI 2015)."""
    weights = class_weights(labels)
    where = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(np.sum(weights[where == b] * (labels[where == b] - p[where == b]))) for b in range(bins)))


def decided(p: np.ndarray, labels: np.ndarray, review: float, suspected: float) -> dict[str, float]:
    """Sensitivity, specificity and their mean among the images outside the review band, and the band's share.

    A class without a decided image has the rate 0.
    """
    normal, positive = p < review, p >= suspected
    sensitivity = positive[labels == 1].sum() / max((positive | normal)[labels == 1].sum(), 1)
    specificity = normal[labels == 0].sum() / max((positive | normal)[labels == 0].sum(), 1)
    weights = class_weights(labels)
    return {
        "balancedAccuracy": float((sensitivity + specificity) / 2),
        "sensitivity": float(sensitivity),
        "specificity": float(specificity),
        "reviewRate": float(weights[~(normal | positive)].sum()),
    }


def choose_thresholds(suite: dict[str, np.ndarray], labels: np.ndarray, most_review: float = 0.12) -> tuple[float, float]:
    """The review band with the best worst case over the perturbed copies.

    Among bands whose (class-balanced) review rate is at most ``most_review`` on every copy, takes the one with
    the highest sum of worst and mean decided balanced accuracy; between equals the wider band, since a person's
    look is the cheaper error.

    Args:
        suite: calibrated probabilities [N] per perturbed copy.
    """
    grid = np.round(np.concatenate([np.arange(0.05, 0.96, 0.025)]), 3)
    best: tuple[float, float, float, float] | None = None
    for low in grid:
        for high in grid[grid >= low]:
            results = [decided(p, labels, low, high) for p in suite.values()]
            if max(r["reviewRate"] for r in results) > most_review:
                continue
            accuracies = [r["balancedAccuracy"] for r in results]
            score = round(min(accuracies) + float(np.mean(accuracies)), 4)
            candidate = (score, float(high - low), float(low), float(high))
            if best is None or candidate[:2] > best[:2]:
                best = candidate
    assert best is not None  # low == high reviews nothing
    return best[2], best[3]


def bootstrap(statistic: Callable[[np.ndarray], float], labels: np.ndarray, groups: np.ndarray, rounds: int = 500,
              seed: int = 0) -> dict[str, float]:
    """Value and 95 % percentile interval of ``statistic(indices)``, resampling patients (not images) with
    replacement, since images of one patient are not independent. Rounds in which a class is missing are drawn
    again."""
    rng = np.random.default_rng(seed)
    _, inverse = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(inverse == g) for g in range(inverse.max() + 1)]
    values = []
    while len(values) < rounds:
        drawn = np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])
        if len(np.unique(labels[drawn])) == 2:
            values.append(statistic(drawn))
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": round(float(statistic(np.arange(len(labels)))), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def auc(logits: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve of the pneumonia margin."""
    return float(roc_auc_score(labels, margin(logits)))


def suite_score(suite: dict[str, np.ndarray], labels: np.ndarray) -> tuple[float, float]:
    """Selection score of a network: (score, worst AUC). The score is worst AUC plus mean AUC less the balanced
    log loss pooled over the copies after calibration / 10: near the ceiling the AUC alone hardly tells networks
    apart, the log loss does."""
    values = [auc(logits, labels) for logits in suite.values()]
    pooled = np.concatenate(list(suite.values()))
    pooled_labels = np.tile(labels, len(suite))
    temperature, bias = calibrate(pooled, pooled_labels)
    p = np.clip(probability(pooled, temperature, bias), 1e-6, 1 - 1e-6)
    chosen = np.where(pooled_labels == 1, p, 1 - p)
    loss = float(-(class_weights(pooled_labels) * np.log(chosen)).sum())
    return min(values) + float(np.mean(values)) - loss / 10, min(values)
