"""Give a release its input gate: one more output of the network that tells chest radiographs from everything else.

    python gate.py --release DIR --data DIR --debian DIR [--demo DIR] [--drawn DIR] [--cache DIR]

Takes an exported release, fits a small head on the mean of the finished network's last feature map, writes it into the
same model.onnx as the output ``gate`` and the measured operating points into release.json and MODEL_CARD.md. The
weights that make the score are not touched: logits and maps stay the same to the last bit. Run again it replaces the
gate that is there.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

import augment as augment_module
import evaluate as ev
import gate_data
from augment import augment, tone
from card import with_gate
from data import SIZE, at_size, list_records, load_pixels, read_image, split_by_group
from export import feature_map_of
from session import answers, open_session
from train import VALIDATION_SHARE

CLASSES = ("chest", "inverted", "rotated-90", "rotated-180", "rotated-270", "not-chest")
OUTPUT = "gate"
HIDDEN = 64
MOST_FALSE_ALARMS = 0.002  # of each alarm on the pooled copies of patients kept for choosing
MOST_ON_ONE_COPY = 0.006  # and on the copy that it troubles most
MOST_MEASURED = 0.01  # of upright chests of the validation patients, and of all their copies, stopped for any reason
WHITE, BLACK = 250, 5  # grey values from and to which a pixel counts as burnt out or sunk
BORDER = 0.15  # share of each side left out when exposure is measured: collimation is black, markers are white
BAR_SHARE = 0.98  # from which share of sunk pixels on a line along a side is a bar of padding, and not part of the image
WIDEST_BAR = 1 / 3  # of a side
_CHOICE_SHARE = 0.06  # of the training patients, to choose operating points on
_FITTED = 2000  # training images that are fitted on; a head of this size learns no more from all of them
_OF_EACH_KIND = 500  # pictures of no chest to fit on
_MEASURED = 200  # pictures of each held-out kind, and images of each change that is measured on clean copies alone
NOT_CHEST_WEIGHT = 3.0  # beside the other classes: what leads to false alarms the operating point takes back
_PREFIX = "gate."  # of all that is added to the graph


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, required=True, help="release folder, changed in place")
    parser.add_argument("--data", type=Path, required=True, help="folder with NORMAL/ and PNEUMONIA/, as for train.py")
    parser.add_argument("--debian", type=Path, required=True, help="folder that gate_data.py filled")
    parser.add_argument("--demo", type=Path, help="folder of the same form, reported at the end, never tuned on")
    parser.add_argument("--drawn", type=Path, help="synthetic radiographs (NORMAL/, PNEUMONIA/): half are fitted on as chests, half measured")
    parser.add_argument("--cache", type=Path, default=Path(".hilum/training/run"), help="decoded pixels and features")
    parser.add_argument("--share", type=float, default=1.0, help="of all pictures to fit, choose and measure on; less for a trial")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(given)


# --- the graph -------------------------------------------------------------------------------------------------------


def without_gate(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy without a gate of an earlier run."""
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    graph = plain.graph
    for items, named in ((graph.node, lambda n: n.name.startswith(_PREFIX)), (graph.initializer, lambda i: i.name.startswith(_PREFIX)),
                         (graph.output, lambda o: o.name == OUTPUT)):
        kept = [item for item in items if not named(item)]
        del items[:]
        items.extend(kept)
    return plain


def with_features(model: onnx.ModelProto) -> bytes:
    """The network with one output alone: the means of its last feature map, [N, channels]."""
    name, channels = feature_map_of(model)
    copy = without_gate(model)
    copy.graph.node.extend([helper.make_node("GlobalAveragePool", [name], ["pooled"]), helper.make_node("Flatten", ["pooled"], ["features"])])
    copy.graph.output.append(helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", channels]))
    return copy.SerializeToString()


def with_head(model: onnx.ModelProto, head: list[tuple[np.ndarray, np.ndarray]]) -> onnx.ModelProto:
    """The network with the output ``gate`` [N, 6]: layers (weights [out, in], bias [out]) with ReLU between."""
    name, _ = feature_map_of(model)
    gated = without_gate(model)
    graph = gated.graph
    nodes = [("GlobalAveragePool", [name], _PREFIX + "pooled"), ("Flatten", [_PREFIX + "pooled"], _PREFIX + "features")]
    last = _PREFIX + "features"
    for index, (weights, bias) in enumerate(head):
        names = [f"{_PREFIX}{index}.weight", f"{_PREFIX}{index}.bias"]
        graph.initializer.extend([numpy_helper.from_array(weights.astype(np.float32), names[0]), numpy_helper.from_array(bias.astype(np.float32), names[1])])
        is_last = index == len(head) - 1
        made = OUTPUT if is_last else f"{_PREFIX}{index}.sum"
        nodes.append(("Gemm", [last, *names], made))
        if not is_last:
            last = f"{_PREFIX}{index}.active"
            nodes.append(("Relu", [made], last))
    for kind, inputs, output in nodes:
        extra = {"transB": 1} if kind == "Gemm" else {}
        graph.node.append(helper.make_node(kind, inputs, [output], name=f"{_PREFIX}{kind}.{output}", **extra))
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(CLASSES)]))
    onnx.checker.check_model(gated)
    return gated


# --- what is fitted on -----------------------------------------------------------------------------------------------


def _view(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As it is, strongly augmented, badly exposed, or one of the perturbed copies: what another hospital's chest may look
    like. A badly exposed chest is one, so that it is not told to be none; its exposure is judged by its pixels."""
    kind = rng.random()
    if kind < 0.25:
        return np.fliplr(image) if rng.random() < 0.5 else image
    if kind < 0.6:
        return augment(image, rng, SIZE)
    if kind < 0.7:
        contrast = float(rng.uniform(1.5, 3))
        return tone(image, 1.0, contrast, (contrast - 1) / 2 * float(rng.choice([-1, 1])))
    names = list(ev.PERTURBATIONS)
    return ev.PERTURBATIONS[names[int(rng.integers(len(names)))]](np.ascontiguousarray(image), rng)


def turned(image: np.ndarray, degrees: int) -> np.ndarray:
    """Turned clockwise by 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))


def chest_views(pixels: np.ndarray, seed: int, copies: dict[str, int]) -> Iterator[tuple[int, np.ndarray]]:
    """(class, picture): for every image so many views of each class; inverted ones also turned now and then, since the
    gate looks again once the inversion is undone."""
    for index, image in enumerate(pixels):
        for kind, (label, count) in enumerate(copies.items()):
            for number in range(count):
                rng = np.random.default_rng((seed, index, kind, number))
                view = _view(np.array(image), rng)
                if label == "inverted":
                    view = 255 - view
                    if rng.random() < 0.2:
                        view = turned(view, int(rng.choice([90, 180, 270])))
                elif label == "rotated":
                    degrees = (index + number) % 3 * 90 + 90
                    yield CLASSES.index(f"rotated-{degrees}"), turned(view, degrees)
                    continue
                yield CLASSES.index(label), np.ascontiguousarray(view)


def other_views(kinds: dict[str, gate_data.Picture], seed: int, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """(not-chest, picture): ``count`` of each kind, a third augmented as the chests are, some turned or inverted."""
    for number, picture in enumerate(kinds.values()):
        for index, image in enumerate(gate_data.draw(picture, (seed, number), count)):
            rng = np.random.default_rng((seed, number, index, 1))
            if rng.random() < 0.33:
                image = augment(image, rng, SIZE)
            if rng.random() < 0.2:
                image = 255 - image
            if rng.random() < 0.2:
                image = turned(image, int(rng.choice([90, 180, 270])))
            yield CLASSES.index("not-chest"), np.ascontiguousarray(image)


class Features:
    """Features of labelled pictures by name, kept in a folder for the same network."""

    def __init__(self, session: onnxruntime.InferenceSession, folder: Path) -> None:
        self._session, self._folder = session, folder
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, name: str, pictures: Iterator[tuple[int, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """(features [N, C], classes [N])."""
        file = self._folder / f"{name}.npz"
        if not file.exists():
            labels: list[int] = []

            def images() -> Iterator[np.ndarray]:
                for label, image in pictures:
                    labels.append(label)
                    yield image

            features = answers(self._session, ["features"], images())[0]
            np.savez(file, features=features.astype(np.float32), labels=np.array(labels))
            print(f"features of {name}: {len(labels)}", flush=True)
        saved = np.load(file)
        return saved["features"], saved["labels"]


def fit_head(features: np.ndarray, labels: np.ndarray, seed: int = 0, epochs: int = 40) -> list[tuple[np.ndarray, np.ndarray]]:
    """One hidden layer on standardised features, every class weighing the same; the standardisation is folded in."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    x, y = torch.from_numpy((features - mean) / spread), torch.from_numpy(labels)
    torch.manual_seed(seed)
    head = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.2),
                               torch.nn.Linear(HIDDEN, len(CLASSES)))
    weights = torch.from_numpy(1 / np.maximum(np.bincount(labels, minlength=len(CLASSES)), 1)).float()
    weights[CLASSES.index("not-chest")] *= NOT_CHEST_WEIGHT
    loss_of = torch.nn.CrossEntropyLoss(weight=weights / weights.mean(), label_smoothing=0.01)
    steps = epochs * math.ceil(len(x) / 256)
    optimiser = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator().manual_seed(seed)
    head.train()
    for _ in range(epochs):
        for chosen in torch.randperm(len(x), generator=generator).split(256):
            loss = loss_of(head(x[chosen]), y[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    first, last = head[1], head[4]
    weight = first.weight.detach().numpy() / spread
    return [(weight, first.bias.detach().numpy() - weight @ mean), (last.weight.detach().numpy(), last.bias.detach().numpy())]


def apply_head(head: list[tuple[np.ndarray, np.ndarray]], features: np.ndarray) -> np.ndarray:
    """Logits [N, 6]."""
    (first, first_bias), (last, last_bias) = head
    return np.maximum(features @ first.T + first_bias, 0) @ last.T + last_bias


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax over the classes."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


# --- operating points ------------------------------------------------------------------------------------------------


def alarms(p: np.ndarray) -> dict[str, np.ndarray]:
    """What each alarm looks at, by its name in release.json: [N] each."""
    at = {name: index for index, name in enumerate(CLASSES)}
    return {"notChest": p[:, at["not-chest"]], "inverted": p[:, at["inverted"]], "rotated": p[:, at["rotated-90"] : at["rotated-270"] + 1].sum(axis=1)}


def bars(sunk: np.ndarray) -> tuple[int, int]:
    """How many lines at the beginning and at the end are black bars, with which programs make a square of what is none.

    Args:
        sunk: share of sunk pixels of each line, 0..1.
    """
    most = int(len(sunk) * WIDEST_BAR)
    begin, end = (int((part < BAR_SHARE).argmax()) if (part < BAR_SHARE).any() else most for part in (sunk[:most], sunk[::-1][:most]))
    return begin, end


def exposure(images: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of burnt-out (>= WHITE) and of sunk (<= BLACK) pixels of images [N, H, W] at the side that the network
    sees, without black bars along the sides and without the border of what is between them. As exposureOf in
    inference/model/src/grey/image-stats.ts."""
    shares = []
    for image in at_size(images, size):
        top, bottom = bars((image <= BLACK).mean(axis=1))
        image = image[top : len(image) - bottom]
        left, right = bars((image <= BLACK).mean(axis=0))
        image = image[:, left : image.shape[1] - right]
        down, across = (int(side * BORDER) for side in image.shape)
        inner = image[down : image.shape[0] - down, across : image.shape[1] - across]
        shares.append(((inner >= WHITE).mean(), (inner <= BLACK).mean()))
    white, black = np.array(shares, dtype=np.float64).reshape(-1, 2).T
    return white, black


def threshold(copies: dict[str, np.ndarray], grid: np.ndarray, most: float = MOST_FALSE_ALARMS, most_on_one: float = MOST_ON_ONE_COPY) -> float:
    """The lowest value of the grid that at most ``most`` of all and ``most_on_one`` of any copy's values reach.

    Raises:
        ValueError: there is none.
    """
    pooled = np.concatenate(list(copies.values()))
    for value in np.sort(grid):
        if (pooled >= value).mean() <= most and max((values >= value).mean() for values in copies.values()) <= most_on_one:
            return float(value)
    raise ValueError("no threshold keeps the false alarms below the limit")


def verdicts(p: np.ndarray, points: dict[str, float]) -> np.ndarray:
    """The gate's word on each image as an index into CLASSES. Every operating point is at least ½: no two alarms at once."""
    said = alarms(p)
    first = CLASSES.index("rotated-90")
    rotated = first + p[:, first : first + 3].argmax(axis=1)
    result = np.where(said["rotated"] >= points["rotated"], rotated, CLASSES.index("chest"))
    result = np.where(said["inverted"] >= points["inverted"], CLASSES.index("inverted"), result)
    return np.where(said["notChest"] >= points["notChest"], CLASSES.index("not-chest"), result)


def outcomes(session: onnxruntime.InferenceSession, images: np.ndarray, points: dict[str, float]) -> np.ndarray:
    """As the service does it: what is inverted is looked at again the right way round, what is turned upright; an image
    that is then no chest, or inverted either way, is none. Indices into CLASSES."""
    inverted, none = CLASSES.index("inverted"), CLASSES.index("not-chest")

    def judge(at: np.ndarray, views: np.ndarray) -> np.ndarray:
        return verdicts(probabilities(answers(session, [OUTPUT], views)[0]), points) if len(at) else np.array([], dtype=int)

    result = judge(np.arange(len(images)), images)
    views = np.array(images)
    flipped = np.flatnonzero(result == inverted)
    views[flipped] = 255 - views[flipped]
    again = judge(flipped, views[flipped])
    result[flipped] = np.where(again == inverted, none, np.where(again == CLASSES.index("chest"), inverted, again))
    sideways = np.flatnonzero([CLASSES[value].startswith("rotated") for value in result])
    for index in sideways:
        views[index] = turned(views[index], 360 - int(CLASSES[result[index]].split("-")[1]))
    upright = judge(sideways, views[sideways])
    result[sideways] = np.where(upright == none, none, result[sideways])
    return result


def rate(found: np.ndarray) -> dict[str, float]:
    """Share of True with its 95 % Wilson interval and the number of images."""
    count, share, z = len(found), float(np.mean(found)), 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return {"value": round(share, 4), "low": round(max(0.0, middle - half), 4), "high": round(min(1.0, middle + half), 4), "images": count}


def check_false_alarms(measured: dict[str, dict[str, float]]) -> None:
    """Refuse a gate that stops too many real X-rays.

    Raises:
        ValueError: more than MOST_MEASURED of the validation images, or of all their copies.
    """
    for name in ("clean", "all copies"):
        if measured[name]["value"] > MOST_MEASURED:
            raise ValueError(f"{measured[name]['value']:.2%} false alarms ({name}): fit on more, or choose with less than {MOST_FALSE_ALARMS:.2%}")


# How over- and under-exposed copies are made: v' = (v - ½) · contrast + ½ + brightness
OVER = {"over-exposed, values × 1.5": (1.5, 0.25), "over-exposed, values × 2": (2.0, 0.5), "over-exposed, values × 3": (3.0, 1.0)}
UNDER = {"under-exposed, lowest third black": (1.5, -0.25), "under-exposed, lower half black": (2.0, -0.5),
         "under-exposed, lower two thirds black": (3.0, -1.0)}


def measure(session: onnxruntime.InferenceSession, points: dict[str, float], limits: dict[str, float], pixels: np.ndarray,
            kinds: dict[str, gate_data.Picture], others: dict[str, np.ndarray], count: int) -> dict:
    """Rates for release.json: false alarms on chests, detection of everything else.

    Args:
        pixels: validation images; every copy of them is measured.
        kinds: held-out pictures, ``count`` of each.
        others: further sets of upright chests by name, reported only.
    """
    chest = CLASSES.index("chest")
    size = session.get_inputs()[0].shape[2]

    def judged(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        white, black = exposure(images, size)
        return outcomes(session, images, points), white > limits["maxWhite"], black > limits["maxBlack"]

    def alarmed(images: np.ndarray) -> np.ndarray:
        said, over, under = judged(images)
        return (said != chest) | over | under

    def told(name: str, found: np.ndarray) -> dict[str, float]:
        row = rate(found)
        print(f"{name}: {row['value']:.4f} ({row['low']:.4f}-{row['high']:.4f}) of {row['images']}", flush=True)
        return row

    false_alarms = {name: told(f"false alarms, {name}", alarmed(images)) for name, images in others.items()}
    copies = {name: alarmed(ev.perturbed(pixels, name)) for name in ev.PERTURBATIONS}
    false_alarms = {name: told(f"false alarms, {name}", found) for name, found in copies.items()} | {
        "all copies": told("false alarms, all copies", np.concatenate(list(copies.values())))} | false_alarms
    clean, some = np.asarray(pixels), np.asarray(pixels[:: max(1, len(pixels) // count)])
    hard = ev.perturbed(some, "combined")
    detection: dict[str, dict] = {}

    def found(name: str, images: np.ndarray, is_right: Callable[[np.ndarray], np.ndarray]) -> None:
        detection[name] = told(f"found, {name}", is_right(images))

    for number, (name, picture) in enumerate(kinds.items()):
        images = np.stack(list(gate_data.draw(picture, (9, number), count)))
        is_uniform = at_size(images, size).reshape(len(images), -1).std(axis=1) / 255 < limits["minStd"]
        found(name, images, lambda some, known=is_uniform: known | (outcomes(session, some, points) == CLASSES.index("not-chest")))
    for name, images in (("", clean), (", combined copy", hard)):
        found("inverted" + name, 255 - images, lambda some: outcomes(session, some, points) == CLASSES.index("inverted"))
        for degrees in (90, 180, 270):
            label = CLASSES.index(f"rotated-{degrees}")
            found(f"rotated {degrees}°{name}", np.stack([turned(image, degrees) for image in images]),
                  lambda some, label=label: outcomes(session, some, points) == label)
    for contrast_of in (OVER, UNDER):
        for name, (contrast, brightness) in contrast_of.items():
            found(name, np.stack([tone(image, 1.0, contrast, brightness) for image in some]), alarmed)
    return {"falseAlarms": false_alarms, "detection": detection}


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    path = options.release / "model.onnx"
    release = json.loads((options.release / "release.json").read_text())
    plain = without_gate(onnx.load(path))
    raw = plain.SerializeToString()
    code = b"".join(Path(module.__file__).read_bytes() for module in (augment_module, gate_data)) + Path(__file__).read_bytes()
    folder = options.cache / f"gate-{hashlib.sha256(raw + code).hexdigest()[:16]}-{options.share:g}"
    features = Features(open_session(with_features(plain), options.threads), folder)

    records = list_records(options.data)
    pixels = load_pixels(records, options.cache / "pixels.npy")
    training, validation = split_by_group(records, VALIDATION_SHARE)
    fitting, choosing = ([training[i] for i in part] for part in split_by_group([records[i] for i in training], _CHOICE_SHARE, "hilum-gate"))
    kinds = gate_data.families(options.debian)
    drawn = None if options.drawn is None else np.stack([read_image(record.path) for record in list_records(options.drawn)])

    shares = {name: exposure(ev.perturbed(np.asarray(pixels[choosing]), name), release["input"]["width"]) for name in ev.PERTURBATIONS}
    coarse = np.round(np.arange(0.05, 1.0, 0.05), 2)
    limits = {"maxWhite": threshold({name: white for name, (white, _) in shares.items()}, coarse),
              "maxBlack": threshold({name: black for name, (_, black) in shares.items()}, coarse)}
    fitted = np.sort(np.random.default_rng(0).permutation(fitting)[: int(_FITTED * options.share)])
    step = math.ceil(1 / options.share)
    choosing, validation = choosing[::step], validation[::step]
    each = int(_OF_EACH_KIND * options.share)
    sets = [features.of("chests", chest_views(pixels[fitted], 1, {"chest": 2, "inverted": 1, "rotated": 2})),
            features.of("others", other_views(kinds.fitting, 2, each))]
    if drawn is not None:
        sets.append(features.of("drawn", chest_views(drawn[::2][::step], 3, {"chest": 3, "inverted": 1, "rotated": 2})))
    head = fit_head(np.concatenate([f for f, _ in sets]), np.concatenate([y for _, y in sets]))

    chosen_on = np.asarray(pixels[choosing])
    copies = {name: ev.perturbed(chosen_on, name) for name in ev.PERTURBATIONS}
    said = {name: alarms(probabilities(apply_head(head, features.of(f"choosing-{name}", ((0, image) for image in images))[0])))
            for name, images in copies.items()}
    grid = np.round(np.arange(0.5, 1.0, 0.01), 2)
    points = {alarm: threshold({name: values[alarm] for name, values in said.items()}, grid) for alarm in ("notChest", "inverted", "rotated")}
    print(f"operating points {points}, exposure {limits}", flush=True)

    gated = with_head(plain, head).SerializeToString()
    others = {} if options.demo is None else {"demonstration images": np.stack([read_image(r.path) for r in list_records(options.demo)])}
    if drawn is not None:
        others["synthetic radiographs"] = drawn[1::2][::step]
    session = open_session(gated, options.threads)
    measured = measure(session, points, limits | release["gate"], np.asarray(pixels[validation]), kinds.held_out, others,
                       int(_MEASURED * options.share))

    if options.share == 1:
        check_false_alarms(measured["falseAlarms"])
    # All at the end: a run that is broken off leaves the release whole.
    path.write_bytes(gated)
    release["model"] |= {"sha256": hashlib.sha256(gated).hexdigest(), "bytes": len(gated)}
    release["outputs"] = {name: value for name, value in release["outputs"].items() if name != "gate"} | {"gate": OUTPUT}
    release["gate"] = {name: release["gate"][name] for name in ("minWidth", "minHeight", "minStd")} | {
        "exposure": limits, "network": {"classes": list(CLASSES), "thresholds": points}}
    release["metrics"]["gate"] = measured
    (options.release / "release.json").write_text(json.dumps(release, indent=2, ensure_ascii=False) + "\n")
    card = options.release / "MODEL_CARD.md"
    card.write_text(with_gate(card.read_text(), release))
    print(f"wrote {options.release}", flush=True)


if __name__ == "__main__":
    main()
