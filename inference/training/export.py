"""Write the release folder: model.onnx, release.json and MODEL_CARD.md."""
from __future__ import annotations

import copy
import hashlib
import json
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
from quantise import CALIBRATION_IMAGES, card_section, compare, quantise, refusals
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


def write_release(model: ChestClassifier, folder: Path, size: int, records: list[Record], pixels: np.ndarray,
                  training: list[int], validation: list[int], seed: int, chosen: str, command: str, version: str,
                  demo: Path | None) -> None:
    """Export, quantise, calibrate, choose thresholds and write all three files into ``folder``, and the network in full
    precision as ``full-precision.onnx`` beside the folder.

    Every number is measured with the file that ships. The demonstration images are scored last and only reported.

    Args:
        size: side of the network's input, pixels.

    Raises:
        ValueError: the quantised network answers worse than the one in full precision, or the gate's least contrast
            would refuse a real X-ray; neither release.json nor the card is written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, full = folder / "model.onnx", folder.parent / "full-precision.onnx"
    export_onnx(model, full, size)
    ranges = np.sort(np.random.default_rng(0).choice(training, min(CALIBRATION_IMAGES, len(training)), replace=False))
    quantise(full, path, np.asarray(pixels[ranges]))
    session = open_session(path)
    labels = np.array([records[i].label for i in validation])
    groups = np.array([records[i].group for i in validation])
    slice_names = np.array([records[i].slice for i in validation])
    held_out = np.asarray(pixels[validation])
    seen = at_size(held_out, size)

    suite: dict[str, np.ndarray] = {}
    least_spread = float(min(image.std() for image in seen) / 255)
    for name in ev.PERTURBATIONS:
        copy_ = at_size(ev.perturbed(held_out, name), size)
        least_spread = min(least_spread, float(copy_.reshape(len(copy_), -1).std(axis=1).min() / 255))
        suite[name] = infer(session, copy_)
        print(f"{name}: AUC {ev.auc(suite[name], labels):.4f}", flush=True)
    if least_spread <= GATE["minStd"]:
        raise ValueError(f"the gate would refuse a real X-ray: least standard deviation {least_spread}")

    temperature, bias = ev.calibrate(np.concatenate(list(suite.values())), np.tile(labels, len(suite)))
    temperature, bias = round(temperature, 4), round(bias, 4)
    p = {name: ev.probability(logits, temperature, bias) for name, logits in suite.items()}
    review, suspected = ev.choose_thresholds(p, labels)
    print(f"temperature {temperature}, bias {bias}, thresholds {review} and {suspected}", flush=True)

    table = {name: summary(suite[name], p[name], labels, groups, review, suspected) for name in suite}
    worst = min(table, key=lambda name: table[name]["auc"]["value"])
    shift = ev.writing_shift(lambda images: ev.probability(infer(session, images), temperature, bias), held_out)
    print(f"writing on the images: {shift}", flush=True)
    edges = [round(i / 10, 1) for i in range(11)]
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
        "calibration": {"method": "temperature", "temperature": temperature, "bias": bias},
        "thresholds": {"review": review, "suspected": suspected},
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
            "images": len(held_out),
        },
        "metrics": {"validation": table["clean"], "worstCase": {"perturbation": worst, "auc": table[worst]["auc"]},
                    "writing": shift},
        "training": {"dataset": "Chest X-ray images of Kermany, Zhang, Goldbaum (2018), official training split at 224 × 224",
                     "images": len(training), "seed": seed, "baseWeights": BASE_WEIGHTS, "command": command},
        "attribution": ATTRIBUTION,
    }
    moved = compare(open_session(full), session, {name: ev.perturbed(held_out, name) for name in dict.fromkeys(["clean", worst])},
                    labels, release)
    problems = refusals(moved)
    if problems:
        raise ValueError("; ".join(problems))
    release["training"]["quantisation"] = {"from": hashlib.sha256(full.read_bytes()).hexdigest(),
                                           "calibrationImages": len(ranges), "copies": moved}
    demo_report = None
    if demo is not None:
        shown = list_records(demo)
        demo_labels = np.array([record.label for record in shown])
        demo_logits = infer(session, np.stack([read_image(record.path) for record in shown]))
        demo_p = ev.probability(demo_logits, temperature, bias)
        release["metrics"]["demo"] = {"auc": round(ev.auc(demo_logits, demo_labels), 4), "images": len(shown),
                                      "normal": int((demo_labels == 0).sum()), "pneumonia": int((demo_labels == 1).sum())}
        demo_report = release["metrics"]["demo"] | ev.decided(demo_p, demo_labels, review, suspected)
        demo_report["ece"] = ev.expected_calibration_error(demo_p, demo_labels)
        print(f"demonstration images: {demo_report}", flush=True)
    (folder / "release.json").write_text(json.dumps(release, indent=2, ensure_ascii=False) + "\n")
    slices = {name: _slices(p[name], slice_names, review, suspected) for name in ("clean", worst)}
    (folder / "MODEL_CARD.md").write_text(
        model_card(release, table, slices, demo_report, chosen, len(validation), len(set(groups)), least_spread)
        + card_section(moved))
    print(f"wrote {folder}", flush=True)
