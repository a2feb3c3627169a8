"""Make a release that computes in 8-bit integers: about half the processor time for the same answers.

``python quantise.py --release DIR --data DIR`` writes the quantised release beside the given one and refuses when it
answers worse. Run it again for every new release.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

import evaluate as ev
from data import Record, list_records, load_pixels, split_by_group

MOST_AUC_LOST = 0.002
LEAST_MAP_CORRELATION = 0.97  # of the class activation maps before and after, median over the images
CALIBRATION_IMAGES = 256
VALIDATION_SHARE = 0.12  # as in training
_LEAST_CHANNELS = 8  # convolutions with fewer outputs are heads: nothing to gain, everything to lose
_SECTION = "\n## Quantisation\n"


def grey_input(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same function of one grey channel instead of three equal ones: the first convolution's weights are summed
    over the channels, a third of its work. Means over the channels stay what they are.

    Raises:
        ValueError: the graph's first convolution does not take three channels.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    stem = _stem(model)
    weights = next(item for item in model.graph.initializer if item.name == stem.input[1])
    values = numpy_helper.to_array(weights)
    if values.shape[1] != 3:
        raise ValueError(f"the first convolution takes {values.shape[1]} channels, expected 3")
    weights.CopyFrom(numpy_helper.from_array(values.sum(axis=1, keepdims=True), weights.name))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    return onnx.shape_inference.infer_shapes(model)


def _stem(model: onnx.ModelProto) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == "Conv")


def backbone(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes to quantise: convolutions with their activations, and the additions between them. Not the
    standardisation before the first convolution, that one itself, and the heads: they are sensitive and cost little."""
    shapes = {item.name: item.dims for item in model.graph.initializer}
    maker = {output: node for node in model.graph.node for output in node.output}
    stem = _stem(model)
    chosen: set[str] = set()
    for node in model.graph.node:
        sources = [maker[name] for name in node.input if name in maker]
        if node.op_type == "Conv" and node is not stem and shapes[node.input[1]][0] >= _LEAST_CHANNELS:
            chosen.add(node.name)
        elif node.op_type == "Clip" and sources[0].name in chosen:
            chosen.add(node.name)
        elif node.op_type == "Add" and len(sources) == 2 and all(source.name in chosen for source in sources):
            chosen.add(node.name)
    return [node.name for node in model.graph.node if node.name in chosen]


class _Images(CalibrationDataReader):
    def __init__(self, name: str, pixels: np.ndarray, batch: int = 16) -> None:
        self._feeds: Iterator[dict[str, np.ndarray]] = iter(
            {name: _input(pixels[start : start + batch], 1)} for start in range(0, len(pixels), batch))

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)


def _input(pixels: np.ndarray, channels: int) -> np.ndarray:
    """uint8 [N, H, W] to float32 [N, channels, H, W], mean 0.5 and deviation 0.5 as in network.py."""
    scaled = (np.asarray(pixels, dtype=np.float32)[:, None] / 255 - 0.5) / 0.5
    return np.ascontiguousarray(np.repeat(scaled, channels, axis=1))


def quantise(path: Path, target: Path, pixels: np.ndarray) -> None:
    """Write the quantised file: static, 8-bit weights per channel and unsigned 8-bit activations (what the integer
    instructions of x86 and arm64 take), as standard QuantizeLinear and DequantizeLinear operators.

    Args:
        pixels: images uint8 [N, H, W] whose activations give the ranges.

    Raises:
        ValueError: the file is quantised already.
    """
    model = onnx.load(path)
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        raise ValueError(f"{path} is quantised already")
    with tempfile.TemporaryDirectory() as folder:
        grey = Path(folder) / "grey.onnx"
        model = grey_input(model)
        onnx.save(model, grey)
        quantize_static(str(grey), str(target), _Images(model.graph.input[0].name, pixels),
                        quant_format=QuantFormat.QDQ, per_channel=True, nodes_to_quantize=backbone(model),
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod.MinMax)


def _answers(path: Path, pixels: np.ndarray, batch: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Logits [N, 2] and class activation maps [N, 2, h, w]."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    parts = [session.run(["logits", "cam"], {entry.name: _input(pixels[start : start + batch], entry.shape[1])})
             for start in range(0, len(pixels), batch)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def compare(before: Path, after: Path, pixels: np.ndarray, labels: np.ndarray, release: dict,
            copies: list[str]) -> dict[str, dict[str, float]]:
    """Per perturbed copy: both AUCs, how far probabilities move (median, 95th percentile, share of other decisions),
    and how alike the activation maps are (median correlation)."""
    calibration, thresholds = release["calibration"], release["thresholds"]
    edges = [thresholds["review"], thresholds["suspected"]]
    table: dict[str, dict[str, float]] = {}
    for name in copies:
        images = ev.perturbed(pixels, name)
        (logits, maps), (logits8, maps8) = _answers(before, images), _answers(after, images)
        p, p8 = (ev.probability(z, calibration["temperature"], calibration["bias"]) for z in (logits, logits8))
        moved = np.abs(p - p8)
        evidence, evidence8 = ((m[:, 1] - m[:, 0]).reshape(len(m), -1) for m in (maps, maps8))
        correlations = [np.corrcoef(one, other)[0, 1] for one, other in zip(evidence, evidence8)]
        table[name] = {
            "aucBefore": round(ev.auc(logits, labels), 4), "aucAfter": round(ev.auc(logits8, labels), 4),
            "probabilityMovedMedian": round(float(np.median(moved)), 4),
            "probabilityMovedP95": round(float(np.percentile(moved, 95)), 4),
            "otherDecision": round(float((np.digitize(p, edges) != np.digitize(p8, edges)).mean()), 4),
            "mapCorrelation": round(float(np.median(correlations)), 4),
        }
        print(f"{name}: {table[name]}", flush=True)
    return table


def refusals(table: dict[str, dict[str, float]]) -> list[str]:
    """Why the quantised file must not be released; empty when it may."""
    return [
        *(f"{name}: AUC {row['aucBefore']} became {row['aucAfter']}, more than {MOST_AUC_LOST} less"
          for name, row in table.items() if row["aucBefore"] - row["aucAfter"] > MOST_AUC_LOST + 1e-9),
        *(f"{name}: the activation maps correlate by {row['mapCorrelation']}, less than {LEAST_MAP_CORRELATION}"
          for name, row in table.items() if row["mapCorrelation"] < LEAST_MAP_CORRELATION),
    ]


def card_section(table: dict[str, dict[str, float]]) -> str:
    rows = [f"| {name} | {row['aucBefore']:.4f} | {row['aucAfter']:.4f} | {row['probabilityMovedP95']:.3f} "
            f"| {row['otherDecision']:.1%} | {row['mapCorrelation']:.3f} |" for name, row in table.items()]
    return "\n".join([
        _SECTION,
        "The weights and activations between the first convolution and the heads are 8-bit integers, and the three equal "
        "input channels are one. On the validation patients, before and after:",
        "",
        "| copy | AUC before | AUC after | probability moved, p95 | other decision | maps' correlation |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ])


def quantise_release(release_folder: Path, out: Path, records: list[Record], pixels: np.ndarray, training: list[int],
                     validation: list[int]) -> None:
    """Quantise a release into ``out``, which may be its own folder, and note what it costs in release.json and on the
    model card.

    Calibration, thresholds and gate stay those of the release: the table says how little the answers move.

    Raises:
        ValueError: the release is quantised already, or the result is refused; nothing is written then.
    """
    release = json.loads((release_folder / "release.json").read_text())
    before = release_folder / release["model"]["file"]
    float_digest = hashlib.sha256(before.read_bytes()).hexdigest()
    chosen = np.random.default_rng(0).choice(training, min(CALIBRATION_IMAGES, len(training)), replace=False)
    with tempfile.TemporaryDirectory() as folder:
        after = Path(folder) / "model.onnx"
        quantise(before, after, np.asarray(pixels[np.sort(chosen)]))
        worst = release["metrics"]["worstCase"]["perturbation"]
        labels = np.array([records[index].label for index in validation])
        table = compare(before, after, np.asarray(pixels[validation]), labels, release, list(dict.fromkeys(["clean", worst])))
        problems = refusals(table)
        if problems:
            raise ValueError("; ".join(problems))
        raw = after.read_bytes()
    release["model"] |= {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    release["input"]["channels"] = 1
    release["preprocessing"] |= {name: release["preprocessing"][name][:1] for name in ("mean", "std")}
    release["training"]["quantisation"] = {"from": float_digest,
                                           "calibrationImages": len(chosen), "copies": table}
    card = (release_folder / "MODEL_CARD.md").read_text().split(_SECTION)[0].rstrip("\n") + "\n"
    out.mkdir(parents=True, exist_ok=True)
    (out / release["model"]["file"]).write_bytes(raw)
    (out / "release.json").write_text(json.dumps(release, indent=2, ensure_ascii=False) + "\n")
    (out / "MODEL_CARD.md").write_text(card + card_section(table))
    print(f"wrote {out}: {len(raw)} bytes", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, required=True, help="folder of the release to quantise")
    parser.add_argument("--data", type=Path, required=True, help="training images, NORMAL/ and PNEUMONIA/")
    parser.add_argument("--out", type=Path, help="folder to write (default: the release's name with -int8)")
    parser.add_argument("--pixels", type=Path, default=Path(".hilum/training/run/pixels.npy"),
                        help="cache of decoded training images, made when missing")
    arguments = parser.parse_args()
    out = arguments.out or arguments.release.with_name(f"{arguments.release.resolve().name}-int8")
    try:
        records = list_records(arguments.data)
        pixels = load_pixels(records, arguments.pixels)
        quantise_release(arguments.release, out, records, pixels, *split_by_group(records, VALIDATION_SHARE))
    except (ValueError, OSError) as error:
        sys.exit(f"quantise: {error}")


if __name__ == "__main__":
    main()
