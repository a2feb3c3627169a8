"""Learn the generator of synthetic chest radiographs and write its weights.

    cd inference/training && python -m generator.train --data DIR --out RUN [--release DIR]

Started again with the same arguments, an interrupted run goes on from its last checkpoint.
"""
from __future__ import annotations

import argparse
import copy
import math
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from data import list_records, load_pixels, split_by_group
from generator.appearance import Appearance, fit_appearance, shrunk
from generator.export import Generator, write_release
from generator.flow import Flow, sample, train_flow
from generator.prepare import SIZE, prepare
from generator.refiner import Judge, Perception, Refiner

HELD_OUT = 0.1  # share of the patients
SPLIT = "hilum-generator-1"
BATCH = 8
STEPS, GUIDANCE = 8, 1.5  # of the shipped generator
REFINER_RATE, ADVERSARIAL_RATE, OPPONENT_RATE = 1.5e-3, 3e-4, 4e-4
AVERAGE_DECAY = 0.99
WINDOW = 128
PIXELS, PERCEPTION, ADVERSARIAL = 1.5, 0.5, 0.06
TEMPERATURE = 0.95  # of the flow's noise: a little less than all, for fewer oddities
STOCK, STOCK_GUIDANCE = 1024, 0.5  # coarse images of either finding for the refiner's second part
SAVE_EVERY = 100


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; see README.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with NORMAL/ and PNEUMONIA/")
    parser.add_argument("--out", type=Path, default=Path(".hilum/training/generator"), help="caches and checkpoints")
    parser.add_argument("--pixels", type=Path, help="decoded pixels to share with train.py (default: OUT/pixels.npy)")
    parser.add_argument("--release", type=Path, help="folder for the weights (default: OUT/release)")
    parser.add_argument("--flow-steps", type=int, default=1200)
    parser.add_argument("--refine-steps", type=int, default=200, help="steps that only compare with the real image")
    parser.add_argument("--adversarial-steps", type=int, default=1000, help="steps with the judge")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(given)


class Material:
    """Prepared images with their labels and what is held out by patient."""

    def __init__(self, options: argparse.Namespace) -> None:
        records = list_records(options.data)
        pixels = load_pixels(records, options.pixels or options.out / "pixels.npy")
        labels = np.array([record.label for record in records])
        self.images, self.index = prepare(pixels, labels, options.out / "prepared.npz")
        self.labels = labels[self.index]
        kept = [records[i] for i in self.index]
        self.groups = [record.group for record in kept]
        training, held_out = split_by_group(kept, HELD_OUT, salt=SPLIT)
        self.training, self.held_out = np.array(training), np.array(held_out)
        self.small = shrunk(self.images)

    def batch(self, count: int, random: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """As many training images of either class: [N, 1, 224, 224] within 0..1 and findings [N]."""
        classes = [self.training[self.labels[self.training] == value] for value in (0, 1)]
        chosen = np.concatenate([random.choice(members, count // 2) for members in classes])
        images = torch.from_numpy(self.images[chosen]).float().div_(255).unsqueeze(1)
        return images, torch.from_numpy(self.labels[chosen]).float()


def fitted(options: argparse.Namespace, material: Material) -> Appearance:
    """The appearance model, from its checkpoint where there is one."""
    path = options.out / "appearance.pt"
    if path.exists():
        return Appearance(**torch.load(path))
    appearance = fit_appearance(material.small[material.training], material.labels[material.training])
    torch.save(appearance.state(), path)
    return appearance


def flow_of(options: argparse.Namespace, material: Material, appearance: Appearance) -> Flow:
    """The trained flow, from its checkpoint where there is one."""
    path = options.out / "flow.pt"
    data = appearance.coefficients(material.small)
    if path.exists():
        flow = Flow(data.shape[1])
        flow.load_state_dict(torch.load(path))
        return flow.eval()
    finding = torch.from_numpy(material.labels)
    flow = train_flow(data[material.training], finding[material.training], data[material.held_out],
                      finding[material.held_out], options.flow_steps, seed=options.seed)
    torch.save(flow.state_dict(), path)
    return flow.eval()


def perturbed_coarse(appearance: Appearance, images: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Coarse images of real ones, with coefficients a little wrong, as those of the flow will be."""
    coefficients = appearance.coefficients(F.avg_pool2d(images, 4))
    amount = torch.rand((len(images), 1), generator=random) * 0.4
    return appearance.image(coefficients + amount * torch.randn(coefficients.shape, generator=random))


def random_window(random: np.random.Generator) -> tuple[slice, ...]:
    """A square of WINDOW pixels a side at a random place, for all images of a batch: the features of the whole would
    cost three times as much."""
    top, left = (int(16 * random.integers(0, (SIZE - WINDOW) // 16 + 1)) for _ in range(2))
    return (slice(None), slice(None), slice(top, top + WINDOW), slice(left, left + WINDOW))


def unlike(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> torch.Tensor:
    """Mean absolute difference of two images' features."""
    return sum(F.l1_loss(x, y) for x, y in zip(ours, theirs)) / len(ours)


class RefinerTraining:
    """Both parts of the refiner's training; one step counter, one checkpoint."""

    def __init__(self, options: argparse.Namespace, material: Material, appearance: Appearance) -> None:
        self.options, self.material, self.appearance = options, material, appearance
        torch.manual_seed(options.seed)
        last = torch.channels_last
        self.refiner = Refiner().to(memory_format=last)
        self.mean = copy.deepcopy(self.refiner).eval()
        self.judge = Judge().to(memory_format=last)
        self.perception = Perception().to(memory_format=last)
        self.optimiser = torch.optim.Adam(self.refiner.parameters(), lr=REFINER_RATE, betas=(0.5, 0.99))
        self.perception.calibrate(material.batch(32, np.random.default_rng(options.seed))[0])
        self.opponent = torch.optim.Adam(self.judge.parameters(), lr=OPPONENT_RATE, betas=(0.5, 0.99))
        self.stock: torch.Tensor | None = None
        self.step = 0
        self.path = options.out / "refiner.pt"
        if self.path.exists():
            kept = torch.load(self.path)
            self.step = kept["step"]
            for name in ("refiner", "mean", "judge", "optimiser", "opponent"):
                getattr(self, name).load_state_dict(kept[name])

    def save(self) -> None:
        state = {name: getattr(self, name).state_dict()
                 for name in ("refiner", "mean", "judge", "optimiser", "opponent")}
        torch.save(state | {"step": self.step}, self.path.with_suffix(".new"))
        self.path.with_suffix(".new").replace(self.path)

    def rate(self) -> float:
        """Learning rate: a short warm-up and a cosine in either part."""
        first, second = self.options.refine_steps, self.options.adversarial_steps
        if self.step < first:
            return REFINER_RATE * min(1, (self.step + 1) / 50) * (0.6 + 0.4 * math.cos(math.pi * self.step / first))
        return ADVERSARIAL_RATE * (0.55 + 0.45 * math.cos(math.pi * (self.step - first) / second))

    def run(self, flow: Flow | None) -> None:
        """Go on to the end of the first part (``flow`` None) or of the second."""
        end = self.options.refine_steps + (0 if flow is None else self.options.adversarial_steps)
        began, sums = time.time(), {}
        while self.step < end:
            for group in self.optimiser.param_groups:
                group["lr"] = self.rate()
            random = np.random.default_rng((self.options.seed, self.step))
            torch.manual_seed(self.options.seed * 100_003 + self.step)
            parts = self.compare(random) if flow is None else self.compete(random, flow)
            nn.utils.clip_grad_norm_(self.refiner.parameters(), 2.0)
            self.optimiser.step()
            self.step += 1
            with torch.no_grad():
                decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
                for ours, theirs in zip(self.mean.parameters(), self.refiner.parameters()):
                    ours.lerp_(theirs, 1 - decay)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / 25
            if self.step % 25 == 0:
                shown = ", ".join(f"{name} {value:.4f}" for name, value in sums.items())
                print(f"refiner {self.step}/{end}: {shown}, {(time.time() - began) / 25:.2f} s a step", flush=True)
                began, sums = time.time(), {}
            if self.step % SAVE_EVERY == 0 or self.step == end:
                self.save()

    def drawn(self, coarse: torch.Tensor, finding: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(len(coarse), Refiner.NOISE_CHANNELS, 56, 56)
        return self.refiner(*(x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x
                              for x in (coarse, finding, noise)))

    def compare(self, random: np.random.Generator) -> dict[str, torch.Tensor]:
        """Gradients towards the real image only."""
        images, finding = self.material.batch(BATCH, random)
        output = self.drawn(perturbed_coarse(self.appearance, images, torch.default_generator), finding)
        window = random_window(random)
        with torch.no_grad():
            wanted = self.perception(images[window])
        parts = self.distances(output, images) | {"perception": unlike(self.perception(output[window]), wanted)}
        self.optimiser.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        return parts

    def distances(self, output: torch.Tensor, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {
            "coarse": 6 * F.l1_loss(F.avg_pool2d(output, 4), F.avg_pool2d(images, 4)),
            "pixels": PIXELS * F.l1_loss(output, images),
        }

    def made(self, flow: Flow, finding: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
        """Coarse images of the findings [N], out of a stock that the flow drew at the start."""
        if self.stock is None:
            generator = torch.Generator().manual_seed(self.options.seed)
            noise = TEMPERATURE * torch.randn(2 * STOCK, len(self.appearance.spread), generator=generator)
            self.stock = sample(flow, noise, torch.arange(2).repeat_interleave(STOCK), STEPS, STOCK_GUIDANCE)
        rows = finding.long() * STOCK + torch.from_numpy(random.integers(0, STOCK, len(finding)))
        return self.appearance.image(self.stock[rows])

    def compete(self, random: np.random.Generator, flow: Flow) -> dict[str, torch.Tensor]:
        """One step of the discriminator, then gradients for the refiner: half of the batch has a real image to be
        compared with, the other half was made by the flow and has only the discriminator and its own coarse image."""
        images, finding = self.material.batch(BATCH, random)
        half = torch.cat([torch.arange(BATCH // 4), torch.arange(BATCH // 2, 3 * BATCH // 4)])  # of either class
        rest = half + BATCH // 4
        real = perturbed_coarse(self.appearance, images[half], torch.default_generator)
        made = self.made(flow, finding[rest], random)
        coarse, labels = torch.cat([real, made]), torch.cat([finding[half], finding[rest]])
        output = self.drawn(coarse, labels)

        window = random_window(random)
        with torch.no_grad():
            real_features = self.perception(images[window])
        features = self.perception(output[window])
        judged_real = self.judge(real_features, finding)
        judged_made = self.judge([x.detach() for x in features], labels)
        opponent = sum(F.relu(1 - x).mean() for x in judged_real) + sum(F.relu(1 + x).mean() for x in judged_made)
        self.opponent.zero_grad(set_to_none=True)
        opponent.backward()
        self.opponent.step()

        self.judge.requires_grad_(False)
        count = len(half)
        parts = self.distances(output[:count], images[half]) | {
            "own": 3 * F.l1_loss(F.avg_pool2d(output[count:], 16), F.avg_pool2d(made, 4)),
            "perception": PERCEPTION * unlike([x[:count] for x in features], [x[half] for x in real_features]),
            "adversarial": -ADVERSARIAL * sum(x.mean() for x in self.judge(features, labels)),
        }
        self.optimiser.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        self.judge.requires_grad_(True)
        return parts | {"opponent": opponent}


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    material = Material(options)
    appearance = fitted(options, material)
    training = RefinerTraining(options, material, appearance)
    training.run(None)
    flow = flow_of(options, material, appearance)
    training.run(flow)
    generator = Generator(flow, appearance, training.mean, STEPS, GUIDANCE)
    command = f"python -m generator.train --data DIR --seed {options.seed}"
    write_release(generator, TEMPERATURE, options.release or options.out / "release", len(material.training), command)


if __name__ == "__main__":
    main()
