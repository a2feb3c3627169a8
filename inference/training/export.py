"""Write the release folder: model.onnx, release.json and MODEL_CARD.md."""
from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

import evaluate as ev
from card import ATTRIBUTION, model_card
from data import LABELS, SIZE, Record, at_size, list_records, read_image
from network import BASE_WEIGHTS, MEAN, STD, ChestClassifier, to_input
from quantise import CALIBRATION_IMAGES, card_section, compare, grey_input, quantise, refusals
from release_folder import replaced_whole
from session import infer, open_session

OPSET = 17
PARITY = 1e-4  # greatest allowed difference between the trained network and the exported file
GATE = {"minWidth": 64, "minHeight": 64, "minStd": 0.02}


def fold_batch_norm(model: ChestClassifier) -> ChestClassifier:
    """A copy for inference in which every batch norm is part of the convolution before it (same function, half
    the nodes)."""
    model = copy.deepcopy(model).eval().to(memory_format=torch.contiguous_format)
    base = model.base

    def fold(owner: nn.Module, convolution: str, norm: str) -> None:
        if isinstance(getattr(owner, norm), nn.Identity):
            return  # of a network that was rebuilt from a file
        setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
        setattr(owner, norm, nn.Identity())

    fold(base, "_conv_stem", "_bn0")
    fold(base, "_conv_head", "_bn1")
    for block in base._blocks:
        if block._block_args.expand_ratio != 1:
            fold(block, "_expand_conv", "_bn0")
        fold(block, "_depthwise_conv", "_bn1")
        fold(block, "_project_conv", "_bn2")
    return model


def export_onnx(model: ChestClassifier, path: Path, size: int = SIZE) -> None:
    """Export to one ONNX file: input ``image`` [N, 3, size, size], outputs ``logits`` [N, 2] and ``cam`` [N, 2, h, w].

    Raises:
        ValueError: the file's answers differ from the network's by more than PARITY.
    """
    folded = fold_batch_norm(model)
    example = torch.zeros(2, 3, size, size)
    torch.onnx.export(folded, (example,), str(path), opset_version=OPSET, dynamo=False, do_constant_folding=True,
                      input_names=["image"], output_names=["logits", "cam"],
                      dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}, "cam": {0: "n"}})
    _simplify(path)
    pixels = np.random.default_rng(0).integers(0, 256, size=(5, size, size), dtype=np.uint8)
    images = to_input(torch.from_numpy(pixels)).contiguous()
    with torch.no_grad():
        expected = model.eval()(images)
    session = open_session(path)
    for name, ours, theirs in zip(("logits", "cam"), expected, session.run(["logits", "cam"], {"image": images.numpy()})):
        difference = float(np.abs(ours.numpy() - theirs).max())
        if difference > PARITY:
            raise ValueError(f"{name} of the exported file differs by {difference}")
        print(f"parity of {name}: {difference:.1e}", flush=True)


def _simplify(path: Path) -> None:
    """Fold constants and paddings (ONNX Runtime's basic level, standard operators only) so that a server does not
    have to at every start, and drop the exporter's notes, which name source paths of the machine."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    simplified = path.with_suffix(".simplified")
    options.optimized_model_filepath = str(simplified)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(simplified)
    simplified.unlink()
    for node in graph.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
        if node.domain not in ("", "ai.onnx"):
            raise ValueError(f"{node.op_type} is not a standard operator")
    used = {node.domain or "" for node in graph.graph.node}
    kept = [opset for opset in graph.opset_import if opset.domain in used]
    del graph.opset_import[:]
    graph.opset_import.extend(kept)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def feature_map_of(model: onnx.ModelProto, cam: str = "cam") -> tuple[str, int]:
    """Name and channels of the last feature map: what the convolution that makes the output ``cam`` reads.

    Raises:
        ValueError: the network has no such convolution.
    """
    wanted = cam
    for node in reversed(model.graph.node):
        if wanted not in node.output:
            continue
        if node.op_type == "Mul":  # by the window over the lungs
            wanted = node.input[0]
        if node.op_type == "Conv":
            weights = next(item for item in model.graph.initializer if item.name == node.input[1])
            return node.input[0], weights.dims[1]
    raise ValueError(f"no convolution makes the output {cam}, whose feature map is asked for")


def network_from_onnx(path: Path) -> ChestClassifier:
    """The folded network rebuilt from the weights in an exported file, quantised or not, to check the file's graph against.

    Raises:
        RuntimeError: the file's weights are not those of this architecture.
    """
    network = fold_batch_norm(ChestClassifier(pretrained=False))
    graph = onnx.load(path).graph
    weights = {item.name: torch.from_numpy(onnx.numpy_helper.to_array(item).copy()) for item in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in weights:
            values, scale, zero = (weights[name].float() for name in node.input)
            shape = (-1, *[1] * (values.dim() - 1)) if scale.dim() else ()
            weights[node.input[0].removesuffix("_quantized")] = (values - zero.reshape(shape)) * scale.reshape(shape)
    stem = "base._conv_stem.weight"
    if weights[stem].shape[1] == 1:  # the sum over three equal channels
        weights[stem] = weights[stem].expand(-1, 3, -1, -1) / 3
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network.eval()


def summary(logits: np.ndarray, p: np.ndarray, labels: np.ndarray, groups: np.ndarray, review: float, suspected: float) -> dict:
    """The metrics of one set of images in the form of release.json, with 95 % intervals over patients."""
    result: dict = {"auc": ev.bootstrap(lambda i: ev.auc(logits[i], labels[i]), labels, groups)}
    for name in ("balancedAccuracy", "sensitivity", "specificity"):
        result[name] = ev.bootstrap(lambda i, n=name: ev.decided(p[i], labels[i], review, suspected)[n], labels, groups)
    result["reviewRate"] = round(ev.decided(p, labels, review, suspected)["reviewRate"], 4)
    result["ece"] = round(ev.expected_calibration_error(p, labels), 4)
    result["images"] = len(labels)
    return result


def _quantiles(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in np.quantile(values, np.linspace(0, 1, 101))]


def _slices(p: np.ndarray, names: np.ndarray, review: float, suspected: float) -> dict[str, dict[str, float]]:
    rows = {}
    for name in sorted(set(names)):
        part = p[names == name]
        rows[name] = {"images": len(part), "normal": float((part < review).mean()), "suspected": float((part >= suspected).mean()),
                      "review": float(((part >= review) & (part < suspected)).mean())}
    return rows


class ReleaseRefused(Exception):
    """No release can be made of these images; the message says what to do."""


@dataclass(frozen=True)
class HeldOut:
    """The validation images, uint8 [N, H, W], and what is known of them."""

    pixels: np.ndarray
    records: list[Record]

    @property
    def labels(self) -> np.ndarray:
        return np.array([record.label for record in self.records])

    @property
    def groups(self) -> np.ndarray:
        return np.array([record.group for record in self.records])


@dataclass(frozen=True)
class Measured:
    """What one file answers on the validation images and their perturbed copies, and what was chosen by it."""

    temperature: float
    bias: float
    review: float
    suspected: float
    p: dict[str, np.ndarray]  # calibrated probabilities [N] per copy
    table: dict[str, dict]  # metrics per copy
    worst: str  # the copy with the least AUC
    writing: dict[str, dict]  # per area of WRITING_AREAS
    fine: dict

    @property
    def decision(self) -> dict:
        """As release.json has it."""
        return {"calibration": {"method": "temperature", "temperature": self.temperature, "bias": self.bias},
                "thresholds": {"review": self.review, "suspected": self.suspected}}


def least_spread_of(held_out: HeldOut, size: int) -> float:
    """The least standard deviation of all images and their perturbed copies, as the network sees them.

    Raises:
        ReleaseRefused: the gate's least contrast would refuse a real X-ray.
    """
    least, of = float("inf"), ""
    for name in ev.PERTURBATIONS:
        copy_ = at_size(ev.perturbed(held_out.pixels, name), size)
        spreads = copy_.reshape(len(copy_), -1).std(axis=1) / 255
        if spreads.min() < least:
            least, of = float(spreads.min()), f"{held_out.records[int(spreads.argmin())].path} ({name})"
    if least <= GATE["minStd"]:
        raise ReleaseRefused(f"the gate refuses what is almost uniform, and would refuse {of}: standard deviation {least:.4f}, "
                             f"{GATE['minStd']} is the least. Take the image out of the data when it shows nothing, and start again")
    return least


def measure(session: onnxruntime.InferenceSession, held_out: HeldOut, size: int) -> Measured:
    """Calibration, thresholds and metrics with the file that ships."""
    labels, groups = held_out.labels, held_out.groups
    suite: dict[str, np.ndarray] = {}
    for name in ev.PERTURBATIONS:
        suite[name] = infer(session, at_size(ev.perturbed(held_out.pixels, name), size))
        print(f"{name}: AUC {ev.auc(suite[name], labels):.4f}", flush=True)
    temperature, bias = ev.calibrate(np.concatenate(list(suite.values())), np.tile(labels, len(suite)))
    temperature, bias = round(temperature, 4), round(bias, 4)
    p = {name: ev.probability(logits, temperature, bias) for name, logits in suite.items()}
    review, suspected = ev.choose_thresholds(p, labels)
    print(f"temperature {temperature}, bias {bias}, thresholds {review} and {suspected}", flush=True)
    table = {name: summary(suite[name], p[name], labels, groups, review, suspected) for name in suite}
    worst = min(table, key=lambda name: table[name]["auc"]["value"])

    def probability_of(images: np.ndarray) -> np.ndarray:
        return ev.probability(infer(session, images), temperature, bias)

    writing = {name: ev.writing_shift(probability_of, held_out.pixels, area) for name, area in ev.WRITING_AREAS.items()}
    fine = ev.fine_shift(probability_of, held_out.pixels)
    print(f"writing on the images: {writing}\nfine changes: {fine}", flush=True)
    return Measured(temperature, bias, review, suspected, p, table, worst, writing, fine)


def quantise_or_not(full: Path, path: Path, ranges: np.ndarray, held_out: HeldOut, size: int) -> tuple[Measured, dict]:
    """Write the file that ships: quantised, or in full precision where that answers worse, for hours of training are not to
    end in nothing. Either takes one grey channel, so that all else of a release is the same.

    Args:
        ranges: training images uint8 [N, H, W] whose activations give the ranges.

    Returns:
        What the file answers, and what ``training`` in release.json says of its form.
    """
    quantise(full, path, ranges)
    measured = measure(open_session(path), held_out, size)
    copies = {name: ev.perturbed(held_out.pixels, name) for name in dict.fromkeys(["clean", measured.worst])}
    moved = compare(open_session(full), open_session(path), copies, held_out.labels, measured.decision)
    problems = refusals(moved, held_out.labels)
    if not problems:
        return measured, {"quantisation": {"from": hashlib.sha256(full.read_bytes()).hexdigest(), "calibrationImages": len(ranges),
                                           "copies": moved}}
    print(f"NOT QUANTISED: in 8-bit integers the network answers worse ({'; '.join(problems)}). It is released in full precision, "
          "which takes twice the processor time and four times the size; more images may help", flush=True)
    onnx.save(grey_input(onnx.load(full)), path)
    return measure(open_session(path), held_out, size), {"quantisationRefused": {"because": problems, "copies": moved}}


def write_release(model: ChestClassifier, folder: Path, size: int, records: list[Record], pixels: np.ndarray,
                  training: list[int], validation: list[int], seed: int, chosen: str, command: str, version: str,
                  demo: Path | None) -> None:
    """Export, quantise, calibrate, choose thresholds and write all three files into ``folder``, and the network in full
    precision as ``full-precision.onnx`` beside the folder.

    Every number is measured with the file that ships. The demonstration images are scored last and only reported.

    Args:
        size: side of the network's input, pixels.

    Raises:
        ReleaseRefused: the gate's least contrast would refuse a real X-ray; what was in the folder stays as it was.
    """
    with replaced_whole(folder) as (made, full):
        export_onnx(model, full, size)
        _write_files(made, full, size, records, pixels, training, validation, seed, chosen, command, version, demo)
    print(f"wrote {folder}", flush=True)


def _write_files(folder: Path, full: Path, size: int, records: list[Record], pixels: np.ndarray, training: list[int],
                 validation: list[int], seed: int, chosen: str, command: str, version: str, demo: Path | None) -> None:
    path = folder / "model.onnx"
    held_out = HeldOut(np.asarray(pixels[validation]), [records[i] for i in validation])
    least_spread = least_spread_of(held_out, size)
    ranges = np.sort(np.random.default_rng(0).choice(training, min(CALIBRATION_IMAGES, len(training)), replace=False))
    measured, form = quantise_or_not(full, path, np.asarray(pixels[ranges]), held_out, size)
    session = open_session(path)
    p, table, worst = measured.p, measured.table, measured.worst
    edges = [round(i / 10, 1) for i in range(11)]
    seen = at_size(held_out.pixels, size)
    spreads = seen.reshape(len(seen), -1) / 255.0
    image_means, image_stds = spreads.mean(axis=1), spreads.std(axis=1)
    raw = path.read_bytes()
    release: dict = {
        "schemaVersion": 1, "name": "hilum-pneumonia", "version": version,
        "model": {"file": path.name, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)},
        "input": {"name": "image", "width": size, "height": size, "channels": 1, "layout": "NCHW"},
        "preprocessing": {"colour": "grey", "crop": "none", "fit": "fill", "kernel": "lanczos3", "scale": 1 / 255,
                          "mean": list(MEAN[:1]), "std": list(STD[:1])},
        "outputs": {"logits": "logits", "cam": "cam", "activation": "softmax"},
        "labels": list(LABELS), "positiveLabel": LABELS[1],
        **measured.decision,
        "gate": GATE,
        "reference": {
            "probabilityHistogram": {"edges": edges, "counts": np.histogram(p["clean"], bins=edges)[0].tolist()},
            "imageStats": {
                "mean": {"mean": round(float(image_means.mean()), 4), "std": round(float(image_means.std()), 4)},
                "std": {"mean": round(float(image_stds.mean()), 4), "std": round(float(image_stds.std()), 4)},
            },
            # 101 quantiles, 0 % to 100 %: what two-sample tests on probabilities and exposures compare with
            "quantiles": {name: _quantiles(values) for name, values in
                          (("probability", p["clean"]), ("imageMean", image_means), ("imageStd", image_stds))},
            "images": len(seen),
        },
        "metrics": {"validation": table["clean"], "worstCase": {"perturbation": worst, "auc": table[worst]["auc"]},
                    "writing": measured.writing, "fineChanges": measured.fine},
        "training": {"dataset": "Chest X-ray images of Kermany, Zhang, Goldbaum (2018), official training split at 224 × 224",
                     "images": len(training), "seed": seed, "baseWeights": BASE_WEIGHTS, "command": command, **form},
        "attribution": ATTRIBUTION,
    }
    demo_report = None
    if demo is not None:
        shown = list_records(demo)
        demo_labels = np.array([record.label for record in shown])
        demo_logits = infer(session, np.stack([read_image(record.path) for record in shown]))
        demo_p = ev.probability(demo_logits, measured.temperature, measured.bias)
        release["metrics"]["demo"] = {"auc": round(ev.auc(demo_logits, demo_labels), 4), "images": len(shown),
                                      "normal": int((demo_labels == 0).sum()), "pneumonia": int((demo_labels == 1).sum())}
        demo_report = release["metrics"]["demo"] | ev.decided(demo_p, demo_labels, measured.review, measured.suspected)
        demo_report["ece"] = ev.expected_calibration_error(demo_p, demo_labels)
        print(f"demonstration images: {demo_report}", flush=True)
    (folder / "release.json").write_text(json.dumps(release, indent=2, ensure_ascii=False) + "\n")
    slice_names = np.array([record.slice for record in held_out.records])
    slices = {name: _slices(p[name], slice_names, measured.review, measured.suspected) for name in ("clean", worst)}
    (folder / "MODEL_CARD.md").write_text(
        model_card(release, table, slices, demo_report, chosen, len(validation), len(set(held_out.groups)), least_spread)
        + card_section(form))
