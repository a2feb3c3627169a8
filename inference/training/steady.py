"""The last part of training: the network learns to say the same of the same radiograph, in the 8-bit form that ships.

What is written on an image, how it was compressed and which program sampled it say nothing of the lungs, yet near a threshold a
grey level can move a probability by several hundredths, and rounding to 8 bits makes that worse. So each image is shown as a
pair, as it is and with other writing and other fine noise, both through layers that round as the quantised file does
(quantisation-aware training, Jacob et al., CVPR 2018), and the loss is of both answers and of what lies between them.
"""
from __future__ import annotations

import copy
import hashlib
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from augment import augmented_batch, twin
from data import at_size, balanced_epoch
from equalise import equalised, skips
from evaluate import QUICK, predict_suite, suite_score
from export import fold_batch_norm
from network import Average, ChestClassifier, to_input
from quantise import FLOAT_BLOCKS

PAIRS = 32  # images of a batch, each seen twice
BASE_RATE, HEAD_RATE = 1e-4, 3e-4
WEIGHT_DECAY = 0.01
WARM_UP, LEAST_RATE = 0.05, 0.01  # share of the steps; of the peak rates
AVERAGE_DECAY = 0.99
LABEL_SHARE = 0.5  # of what an image is taught; the rest is what the network said of it before
LABEL_SMOOTHING = 0.05
DIFFERENCE_WEIGHT = 5.0  # of the absolute difference of a pair's probabilities in the loss
EQUALISED_BY = 256  # training images
# Of the weights from before, in the mean with those that were learned: what tells a chest from anything else (gate.py reads the last
# feature map) would be forgotten otherwise. Both lie in one basin of the loss (Wortsman et al., "Robust fine-tuning", CVPR 2022).
KEPT = 0.5
RANGE_EVERY, RANGE_MOMENTUM = 8, 0.1  # batches between two looks at the ranges of activations, and what a look counts


class _RoundedWeights(nn.Module):
    """8 bits per output channel, symmetric."""

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        scale = (weights.detach().abs().amax(dim=(1, 2, 3)) / 127).clamp(min=1e-8)
        zero = torch.zeros(len(scale), dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(weights, scale, zero, 0, -127, 127)


class _RoundedActivations(nn.Module):
    """8 bits between the least and the greatest value that batches had of late."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))
        self.register_buffer("batches", torch.zeros((), dtype=torch.int64))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if self.batches % RANGE_EVERY == 0:
            low, high = torch.aminmax(values.detach())
            share = RANGE_MOMENTUM if self.batches else 1.0
            self.low.lerp_(low.clamp(max=0), share)
            self.high.lerp_(high.clamp(min=1e-4), share)
        self.batches += 1
        scale = (self.high - self.low) / 255
        return torch.fake_quantize_per_tensor_affine(values, scale, (-self.low / scale).round().int(), 0, 255)


def round_as_shipped(model: ChestClassifier) -> None:
    """Make a folded network round weights and activations where a file of :func:`quantise.quantise` does, with gradients that pass
    the rounding by (straight-through)."""
    blocks = list(model.base._blocks)
    quantised = blocks[FLOAT_BLOCKS:]
    for convolution in [c for block in quantised for c in block.modules() if isinstance(c, nn.Conv2d)] + [model.base._conv_head]:
        parametrize.register_parametrization(convolution, "weight", _RoundedWeights())
    for block in quantised:
        _round_input(block._depthwise_conv)
        _round_input(block._project_conv)
        if skips(block):
            _round_output(block._project_conv)
    for block in blocks[FLOAT_BLOCKS - 1 :]:
        _round_output(block)
    _round_input(model.head)


def _round_input(layer: nn.Module) -> None:
    layer.rounded_input = _RoundedActivations()
    layer.register_forward_pre_hook(lambda layer, inputs: (layer.rounded_input(inputs[0]), *inputs[1:]))


def _round_output(layer: nn.Module) -> None:
    layer.rounded_output = _RoundedActivations()
    layer.register_forward_hook(lambda layer, _, output: layer.rounded_output(output))


def plain_weights(rounding: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state of a network that rounds, in full precision and under the names of one that does not."""
    return {name.replace("parametrizations.weight.original", "weight"): value for name, value in rounding.items()
            if ".rounded_" not in name}


def make_pairs(pixels: np.ndarray, order: np.ndarray, step: int, seed: int, epoch: int, size: int) -> np.ndarray:
    """uint8 [2 × PAIRS, size, size], the second half being the first one's twins; depends on (seed, epoch, step) only."""
    first = augmented_batch(pixels, order[step * PAIRS : (step + 1) * PAIRS], seed, epoch, step, size)
    second = [twin(image, np.random.default_rng((seed, epoch, step, 2, n))) for n, image in enumerate(first)]
    return np.concatenate([first, np.stack(second)])


def plan_of_steady(model: ChestClassifier, epochs: int, size: int, seed: int, data: str) -> dict:
    """What the weights depend on: a state of another plan is not gone on with.

    Args:
        data: digest of the images (data.digest_of).
    """
    weights = hashlib.sha256()
    for value in fold_batch_norm(model).state_dict().values():
        weights.update(value.contiguous().numpy().tobytes())
    return {"epochs": epochs, "size": size, "seed": seed, "data": data, "from": weights.hexdigest()}


def steady(model: ChestClassifier, plan: dict, state_file: Path, pixels: np.ndarray, labels: np.ndarray, training: list[int],
           validation: list[int], report_every: int = 20) -> ChestClassifier:
    """Train pairs for the epochs of the plan and return the mean of the weights before and after, batch norms folded.

    Nothing is dropped or mixed at random within the network, or pairs would differ by that; batch norms keep their statistics.

    Args:
        model: the trained network.
        plan: of :func:`plan_of_steady`.
        state_file: kept after each epoch; a run of the same plan goes on from it.
        pixels: uint8 [N, H, W]; ``labels``, ``training`` and ``validation`` are of these.
    """
    epochs, size, seed = plan["epochs"], plan["size"], plan["seed"]
    shown = np.random.default_rng(seed).choice(training, min(EQUALISED_BY, len(training)), replace=False)
    teacher = equalised(fold_batch_norm(model), at_size(pixels[np.sort(shown)], size)).to(memory_format=torch.channels_last)
    student = copy.deepcopy(teacher).requires_grad_(True)  # what batch norms were folded into has none
    student.freeze(FLOAT_BLOCKS)
    round_as_shipped(student)
    average = Average(student, AVERAGE_DECAY)
    head = [student.head.weight, student.bias]
    base = [p for p in student.base.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW([{"params": base, "peak": BASE_RATE}, {"params": head, "peak": HEAD_RATE}],
                                  lr=BASE_RATE, weight_decay=WEIGHT_DECAY)
    steps_per_epoch = len(balanced_epoch(labels, training, seed, 0)) // PAIRS
    total, first_epoch = steps_per_epoch * epochs, 0
    if state_file.exists():
        saved = torch.load(state_file, weights_only=True)
        if saved["plan"] == plan:
            student.load_state_dict(saved["student"])
            average.model.load_state_dict(saved["average"])
            optimiser.load_state_dict(saved["optimiser"])
            first_epoch = saved["epoch"]
            average.steps = first_epoch * steps_per_epoch
            print(f"steady: going on from epoch {first_epoch} of {epochs}", flush=True)
        else:
            print(f"steady: {state_file} is of another plan (epochs, size, seed, images or network) and is not gone on with", flush=True)

    with ThreadPoolExecutor(1) as background:
        for epoch in range(first_epoch, epochs):
            order = balanced_epoch(labels, training, seed, epoch)
            upcoming = background.submit(make_pairs, pixels, order, 0, seed, epoch, size)
            began, reported, sums = time.monotonic(), 0, np.zeros(2)
            for step in range(steps_per_epoch):
                images = to_input(torch.from_numpy(upcoming.result()))
                if step + 1 < steps_per_epoch:
                    upcoming = background.submit(make_pairs, pixels, order, step + 1, seed, epoch, size)
                done = epoch * steps_per_epoch + step
                for group in optimiser.param_groups:
                    group["lr"] = group["peak"] * rate_at(done / total)
                classification, difference = losses_of(student, teacher, images, torch.from_numpy(labels[order[step * PAIRS : (step + 1) * PAIRS]]))
                optimiser.zero_grad(set_to_none=True)
                (classification + DIFFERENCE_WEIGHT * difference).backward()
                nn.utils.clip_grad_norm_(student.parameters(), 2.0)
                optimiser.step()
                average.update(student)
                sums += (classification.item(), difference.item())
                if (step + 1) % report_every == 0 or step + 1 == steps_per_epoch:
                    count = step + 1 - reported
                    print(f"steady epoch {epoch + 1}/{epochs} step {done + 1}/{total} loss {sums[0] / count:.4f} "
                          f"difference {sums[1] / count:.4f} {(time.monotonic() - began) / count:.2f} s/step", flush=True)
                    began, reported, sums = time.monotonic(), step + 1, np.zeros(2)
            temporary = state_file.with_suffix(".tmp")
            torch.save({"plan": plan, "student": student.state_dict(), "average": average.model.state_dict(),
                        "optimiser": optimiser.state_dict(), "epoch": epoch + 1}, temporary)
            temporary.replace(state_file)
    steadied = copy.deepcopy(teacher)
    learned = plain_weights(average.model.state_dict())
    steadied.load_state_dict({name: value.lerp(learned[name], 1 - KEPT) for name, value in teacher.state_dict().items()})
    score, worst = suite_score(predict_suite(steadied, pixels[validation], QUICK, size), labels[validation])
    print(f"steady: score {score:.4f}, worst AUC {worst:.4f}", flush=True)
    return steadied


def rate_at(progress: float) -> float:
    """Share of the peak rates: up within WARM_UP, then down along a cosine. ``progress`` 0..1."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, LEAST_RATE)
    return max(0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))), LEAST_RATE)


def losses_of(student: ChestClassifier, teacher: ChestClassifier, images: torch.Tensor,
              labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of both images of each pair, and the mean absolute difference of their probabilities.

    Args:
        images: network input [2 × PAIRS, 3, H, W], the second half being the twins.
        labels: [PAIRS].
    """
    with torch.no_grad():
        said_before = teacher(images[:PAIRS])[0].softmax(1)
    taught = nn.functional.one_hot(labels, 2) * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
    taught = (LABEL_SHARE * taught + (1 - LABEL_SHARE) * said_before).repeat(2, 1)
    logits = student(images)[0]
    said = logits.softmax(1)[:, 1]
    return nn.functional.cross_entropy(logits, taught), (said[:PAIRS] - said[PAIRS:]).abs().mean()
