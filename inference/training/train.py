"""Train the pneumonia classifier and write its release folder.

    python train.py --data DIR [--epochs 9] [--seeds 1,2] [--out DIR] [--release DIR] [--demo DIR]

Interrupted runs go on where the last checkpoint was written when started again with the same arguments.
"""
from __future__ import annotations

import argparse
import hashlib
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

# Set before torch loads its OpenMP: on a shared machine threads that spin at barriers burn the cores they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import numpy as np
import onnx
import torch
from torch import nn

from augment import augmented_batch, relabel
from data import SIZE, Record, balanced_epoch, check_enough, digest_of, list_records, load_pixels, split_by_group
from evaluate import QUICK, perturbed, predict_suite, suite_score
from export import ReleaseRefused, export_onnx, network_from_onnx, write_release
from network import Average, ChestClassifier, average_weights, to_input
from quantise import is_quantised
from session import infer, open_session
from steady import PAIRS, plan_of_steady, steady

BATCH = 32
TWINS = 8  # of a batch, seen a second time with other writing on them
TWIN_WEIGHT = 4.0  # of the squared difference of their probabilities in the loss
BASE_RATE, HEAD_RATE = 7e-4, 2e-3
WEIGHT_DECAY = 0.02
LABEL_SMOOTHING = 0.05
WARM_UP = 0.06
AVERAGE_DECAY = 0.99
SETTLING = 0.1  # of the peak rates, at the start of the settling epoch
VALIDATION_SHARE = 0.12
STEADY_EPOCHS = 8


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; see README.md for what each option means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with NORMAL/ and PNEUMONIA/")
    parser.add_argument("--out", type=Path, default=Path(".hilum/training/run"), help="cache and checkpoints")
    parser.add_argument("--release", type=Path, help="release folder to write (default: OUT/release)")
    parser.add_argument("--demo", type=Path, help="folder of the same form, reported once at the end, never tuned on")
    parser.add_argument("--exported", type=Path, help="release this network again instead of training: a full-precision.onnx")
    parser.add_argument("--version", default="0.1.0", help="version written into release.json")
    parser.add_argument("--epochs", type=int, default=9, help="class-balanced epochs from the start to the end of a branch")
    parser.add_argument("--small-epochs", type=int, default=6, help="how many of them first, at --small-size, common to all branches")
    parser.add_argument("--small-size", type=int, default=160, help="pixels a side, a multiple of 32")
    parser.add_argument("--input-sizes", default="128,160,192,224",
                        help="input sizes to ship, multiples of 32; the validation suite chooses among them")
    parser.add_argument("--seeds", default="1,2", help="one branch each, comma-separated; their weights are averaged")
    parser.add_argument("--steady-epochs", type=int,
                        help="epochs of pairs at the input's size, in the form that ships, at the end (default: 8; with --exported 0)")
    parser.add_argument("--freeze-blocks", type=int, default=2, help="first blocks kept at the ImageNet weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--report-every", type=int, default=20, help="steps between progress lines")
    parser.add_argument("--checkpoint-every", type=int, default=60, help="steps between checkpoints")
    options = parser.parse_args(given)
    if options.steady_epochs is None:
        options.steady_epochs = STEADY_EPOCHS if options.exported is None else 0
    if options.steady_epochs < 0:
        parser.error("--steady-epochs: 0 or more")
    return options


def epoch_size(options: argparse.Namespace, epoch: int) -> int:
    """Image side of an epoch: small first, since most of what is learned early does not need the detail."""
    return options.small_size if epoch < options.small_epochs else SIZE


def make_batch(pixels: np.ndarray, order: np.ndarray, step: int, seed: int, epoch: int, size: int) -> np.ndarray:
    """Augmented batch uint8 [BATCH + TWINS, size, size], the last ones being the first ones relabelled; depends on
    (seed, epoch, step) only, so a resumed run sees the same."""
    batch = augmented_batch(pixels, order[step * BATCH : (step + 1) * BATCH], seed, epoch, step, size)
    twins = [relabel(image, np.random.default_rng((seed, epoch, step, 2, n))) for n, image in enumerate(batch[:TWINS])]
    return np.concatenate([batch, np.stack(twins)])


def plan_of(options: argparse.Namespace, seeds: list[int], records: list[Record]) -> dict:
    """What the weights depend on. A checkpoint of another plan is not gone on with: the schedule depends on the epochs, trunk
    and mean on the seeds, and all of it on the images, so that it would be released under a command that does not make it."""
    plan = {name: getattr(options, name) for name in ("epochs", "small_epochs", "small_size", "freeze_blocks")}
    return plan | {"seeds": seeds, "data": digest_of(records)}


def train_part(options: argparse.Namespace, plan: dict, name: str, seed: int, until: int, start: Path | None, pixels: np.ndarray,
               labels: np.ndarray, training: list[int], validation: list[int]) -> Path:
    """Train until the epoch ``until`` of the plan, from the checkpoint ``start`` where one is given.

    Args:
        plan: of :func:`plan_of`.

    Returns:
        The part's folder: ``checkpoint.pt`` and, when it has epochs at full size, ``best.pt`` with the averaged
        weights of the epoch with the best validation suite.
    """
    folder = options.out / name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint_file, best_file = folder / "checkpoint.pt", folder / "best.pt"
    torch.manual_seed(seed)
    model = ChestClassifier().to(memory_format=torch.channels_last)
    model.freeze(options.freeze_blocks)
    model.covers_corners = until > options.epochs
    average = Average(model, AVERAGE_DECAY)
    head = [model.head.weight, model.bias]
    base = [p for p in model.base.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW([{"params": base, "peak": BASE_RATE}, {"params": head, "peak": HEAD_RATE}],
                                  lr=BASE_RATE, weight_decay=WEIGHT_DECAY)
    loss_of = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    steps_per_epoch = len(balanced_epoch(labels, training, seed, 0)) // BATCH
    total = steps_per_epoch * options.epochs
    done, best_score = 0, -math.inf
    for file in (checkpoint_file, start):
        if file is None or not file.exists():
            continue
        saved = torch.load(file, weights_only=True)
        if saved["plan"] == plan:
            model.load_state_dict(saved["model"])
            average.model.load_state_dict(saved["average"])
            optimiser.load_state_dict(saved["optimiser"])
            average.steps, done, best_score = saved["done"], saved["done"], saved["best_score"]
            print(f"{name}: going on from step {done} of {total}", flush=True)
            break
        print(f"{name}: {file} is of another plan (epochs, sizes, seeds or images) and is not gone on with", flush=True)
        best_file.unlink(missing_ok=True)  # nor released, should no epoch of this one be better than any

    def save() -> None:
        temporary = checkpoint_file.with_suffix(".tmp")
        torch.save({"plan": plan, "model": model.state_dict(), "average": average.model.state_dict(), "done": done,
                    "optimiser": optimiser.state_dict(), "best_score": best_score}, temporary)
        temporary.replace(checkpoint_file)

    with ThreadPoolExecutor(1) as background:
        started, counted, running = time.monotonic(), done, 0.0
        for epoch in range(done // steps_per_epoch, until):
            order = balanced_epoch(labels, training, seed, epoch)
            size = epoch_size(options, epoch)
            first = done - epoch * steps_per_epoch
            upcoming = background.submit(make_batch, pixels, order, first, seed, epoch, size) if first < steps_per_epoch else None
            model.train()
            for step in range(first, steps_per_epoch):
                images = upcoming.result()
                if step + 1 < steps_per_epoch:
                    upcoming = background.submit(make_batch, pixels, order, step + 1, seed, epoch, size)
                progress = done / total
                if progress < WARM_UP:
                    scale = progress / WARM_UP
                elif progress < 1:
                    scale = 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
                else:
                    scale = SETTLING * (1 - (progress - 1) * options.epochs)
                for group in optimiser.param_groups:
                    group["lr"] = group["peak"] * max(scale, 0.01)
                torch.manual_seed(seed * 1_000_003 + done)  # dropout and MixStyle draws survive a resume
                target = torch.from_numpy(labels[order[step * BATCH : (step + 1) * BATCH]])
                logits = model(to_input(torch.from_numpy(images)))[0]
                said = logits.softmax(1)[:, 1]
                loss = (loss_of(logits, torch.cat([target, target[:TWINS]]))
                        + TWIN_WEIGHT * (said[:TWINS] - said[BATCH:]).square().mean())
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 2.0)
                optimiser.step()
                average.update(model)
                done += 1
                running += loss.item()
                if done % options.report_every == 0:
                    pace = (time.monotonic() - started) / (done - counted)
                    print(f"{name} epoch {epoch + 1}/{options.epochs} step {done}/{total} size {size} "
                          f"loss {running / options.report_every:.4f} {pace:.2f} s/step", flush=True)
                    started, counted, running = time.monotonic(), done, 0.0
                if done % options.checkpoint_every == 0:
                    save()
            if size == SIZE or epoch + 1 == options.small_epochs:
                suite = predict_suite(average.model, pixels[validation], QUICK, size)
                score, worst = suite_score(suite, labels[validation])
                print(f"{name} epoch {epoch + 1}: score {score:.4f}, worst AUC {worst:.4f}", flush=True)
                if size == SIZE and score > best_score:
                    best_score = score
                    torch.save(average.model.state_dict(), best_file)
                started, counted, running = time.monotonic(), done, 0.0
            save()
    return folder


def train_branches(options: argparse.Namespace, plan: dict, seeds: list[int], *data) -> list[dict[str, torch.Tensor]]:
    """One trunk of small images, then for each seed a branch of full ones in another order; the weights of each.

    Branches from one trunk stay in one basin of the loss, so that their mean is better than any of them (Gupta et
    al., "Stochastic weight averaging in parallel", ICLR 2020); networks trained apart cannot be averaged so.
    """
    trunk = train_part(options, plan, "trunk", seeds[0], options.small_epochs, None, *data)
    branches = []
    for seed in seeds:
        folder = train_part(options, plan, f"seed-{seed}", seed, options.epochs, trunk / "checkpoint.pt", *data)
        branches.append(torch.load(folder / "best.pt", weights_only=True))
    return branches


def settle(options: argparse.Namespace, plan: dict, seeds: list[int], branches: list[dict[str, torch.Tensor]],
           *data) -> dict[str, torch.Tensor]:
    """One more epoch from the mean of the branches at a falling rate, the corners of the images covered: batch norms
    and head find to each other, and to images without corners."""
    saved = torch.load(options.out / f"seed-{seeds[0]}" / "checkpoint.pt", weights_only=True)
    mean = average_weights(branches)
    start = options.out / "settle.pt"
    torch.save(saved | {"model": mean, "average": mean, "best_score": -math.inf}, start)
    folder = train_part(options, plan, "settled", sum(seeds) + 1, options.epochs + 1, start, *data)
    return torch.load(folder / "best.pt", weights_only=True)


def best_size(model: ChestClassifier, sizes: list[int], pixels: np.ndarray, labels: np.ndarray) -> int:
    """The side of the input at which the exported network does best on the validation suite."""
    suite = {name: perturbed(pixels, name) for name in QUICK}
    scores: dict[int, float] = {}
    with TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.onnx"
            export_onnx(model, path, size)
            session = open_session(path)
            scores[size], worst = suite_score({name: infer(session, images) for name, images in suite.items()}, labels)
            print(f"input {size} x {size}: score {scores[size]:.4f}, worst AUC {worst:.4f}", flush=True)
    return max(scores, key=scores.__getitem__)


def exported_network(path: Path) -> ChestClassifier:
    """The network of a full-precision.onnx. Raises SystemExit when it is quantised: rounded weights are not to be rounded again."""
    if is_quantised(onnx.load(path)):
        raise SystemExit(f"--exported: {path} is quantised; give the full-precision.onnx that was written beside its folder")
    return network_from_onnx(path)


def main() -> None:
    options = arguments()
    # before minutes of decoding: it may be refused
    exported = None if options.exported is None else exported_network(options.exported)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    records = list_records(options.data)
    training, validation = split_by_group(records, VALIDATION_SHARE)
    check_enough(records, training, validation, 2 if exported is not None and options.steady_epochs == 0 else max(BATCH, PAIRS))
    pixels = load_pixels(records, options.out / "pixels.npy")
    labels = np.array([record.label for record in records])
    print(f"{len(training)} training and {len(validation)} validation images", flush=True)
    seeds = [int(seed) for seed in options.seeds.split(",")]
    if exported is None:
        plan = plan_of(options, seeds, records)
        branches = train_branches(options, plan, seeds, pixels, labels, training, validation)
        model = ChestClassifier(pretrained=False).to(memory_format=torch.channels_last).eval()
        model.load_state_dict(settle(options, plan, seeds, branches, pixels, labels, training, validation))
    else:
        model = exported
    size = best_size(model, [int(size) for size in options.input_sizes.split(",")], pixels[validation], labels[validation])
    if exported is None:
        chosen = f"mean of {len(seeds)} branches, settled"
        command = (f"--epochs {options.epochs} --small-epochs {options.small_epochs} --small-size {options.small_size} "
                   f"--freeze-blocks {options.freeze_blocks} --seeds {options.seeds}")
    else:
        digest = hashlib.sha256(options.exported.read_bytes()).hexdigest()
        chosen, command = f"of the network with SHA-256 {digest}", f"--exported {options.exported.name}"
    if options.steady_epochs > 0:
        steady_plan = plan_of_steady(model, options.steady_epochs, size, sum(seeds) + 2, digest_of(records))
        model = steady(model, steady_plan, options.out / "steady.pt", pixels, labels, training, validation, options.report_every)
        chosen += f", then {options.steady_epochs} epochs of pairs"
    command = f"npm run train -- --data DIR {command} --input-sizes {options.input_sizes} --steady-epochs {options.steady_epochs}"
    try:
        write_release(model, options.release or options.out / "release", size, records, pixels, training, validation, seeds[0],
                      chosen, command, options.version, options.demo)
    except ReleaseRefused as refused:
        raise SystemExit(f"no release was written: {refused}") from None


if __name__ == "__main__":
    main()
