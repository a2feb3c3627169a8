"""The exported network in 8-bit integers: about half the processor time and a quarter of the size for the same answers.

``export.py`` makes it part of a release and measures the release with it; where it answers worse, full precision is released.
"""
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

import evaluate as ev
from session import answers, network_input

MOST_AUC_LOST = 0.002
# Where few images validate, one pair of them in another order is more than that. Rounding moves an image past a neighbour of the
# other class now and then whatever the network is, and past two when these lie close, which says nothing of the network yet.
SWAPPED_PAIRS = 2
_ROUNDED_TO = 1e-4  # what is in the table
LEAST_MAP_CORRELATION = 0.97  # of the class activation maps before and after, median over the images
MOST_STEADINESS_LOST = 0.02  # share of the cases in which fine changes move a probability by less than evaluate.MOST_MOVED
MOVED_CASES = 4  # of few images are more than that, by chance
CALIBRATION_IMAGES = 256
_LEAST_CHANNELS = 8  # convolutions with fewer outputs are heads: nothing to gain, everything to lose
FLOAT_BLOCKS = 1  # first ones: they work on 32 channels at half the input's size, where integers take longer than floating point
_DEEP_CHANNELS = 192  # from so many input channels on a convolution has few places (10 × 10 and less for 160 pixels)


def is_quantised(model: onnx.ModelProto) -> bool:
    return any(node.op_type == "QuantizeLinear" for node in model.graph.node)


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
    standardisation before the first convolution, that one itself, and the heads: they are sensitive and cost little. Nor
    the first block, whose input alone, the largest map of all, takes longer to quantise than integers save."""
    shapes = {item.name: item.dims for item in model.graph.initializer}
    maker = {output: node for node in model.graph.node for output in node.output}
    stem = _stem(model)
    chosen: set[str] = set()
    for node in model.graph.node:
        sources = [maker[name] for name in node.input if name in maker]
        if node is stem or node.name.startswith(tuple(f"/_blocks.{block}/" for block in range(FLOAT_BLOCKS))):
            continue
        if node.op_type == "Conv" and shapes[node.input[1]][0] >= _LEAST_CHANNELS:
            chosen.add(node.name)
        elif node.op_type == "Clip" and sources[0].name in chosen:
            chosen.add(node.name)
        elif node.op_type == "Add" and len(sources) == 2 and all(source.name in chosen for source in sources):
            chosen.add(node.name)
    return [node.name for node in model.graph.node if node.name in chosen]


def with_zero_points(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which the deep 1 × 1 convolutions keep their weights one lower, with a zero point of -1: the same numbers,
    and the same answers to the last bit.

    ONNX Runtime multiplies 8-bit weights without a zero point by matrix instructions (AMX) where the processor has them, in
    tiles that maps of 5 × 5 or 10 × 10 places leave mostly empty, and those with one by dot products (VNNI), which are quicker
    there: an eighth less time for the whole network. Other processors use dot products either way.

    Raises:
        ValueError: a weight is -128 already, or has a zero point.
    """
    changed = onnx.ModelProto.FromString(model.SerializeToString())
    values = {item.name: item for item in changed.graph.initializer}
    maker = {output: node for node in changed.graph.node for output in node.output}
    for node in changed.graph.node:
        source = maker.get(node.input[1]) if node.op_type == "Conv" else None
        if source is None or source.op_type != "DequantizeLinear":
            continue
        weights, zeros = (numpy_helper.to_array(values[source.input[at]]) for at in (0, 2))
        if weights.shape[1] < _DEEP_CHANNELS:
            continue
        if weights.min() == -128 or zeros.any():
            raise ValueError(f"the weights of {node.name} are not symmetric")
        for at, array in ((0, weights - 1), (2, zeros - 1)):
            values[source.input[at]].CopyFrom(numpy_helper.from_array(array.astype(np.int8), source.input[at]))
    onnx.checker.check_model(changed)
    return changed


class _Images(CalibrationDataReader):
    def __init__(self, entry: onnx.ValueInfoProto, pixels: np.ndarray, batch: int = 16) -> None:
        channels, size = (entry.type.tensor_type.shape.dim[axis].dim_value for axis in (1, 2))
        self._feeds: Iterator[dict[str, np.ndarray]] = iter(
            {entry.name: network_input(pixels[start : start + batch], channels, size)} for start in range(0, len(pixels), batch))

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)


def quantise(path: Path, target: Path, pixels: np.ndarray) -> None:
    """Write the quantised file: static, 8-bit weights per channel and unsigned 8-bit activations (what the integer
    instructions of x86 and arm64 take), as standard QuantizeLinear and DequantizeLinear operators.

    Args:
        pixels: images uint8 [N, H, W] whose activations give the ranges.

    Raises:
        ValueError: the file is quantised already.
    """
    model = onnx.load(path)
    if is_quantised(model):
        raise ValueError(f"{path} is quantised already")
    with tempfile.TemporaryDirectory() as folder:
        grey = Path(folder) / "grey.onnx"
        model = grey_input(model)
        onnx.save(model, grey)
        quantize_static(str(grey), str(target), _Images(model.graph.input[0], pixels),
                        quant_format=QuantFormat.QDQ, per_channel=True, nodes_to_quantize=backbone(model),
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod.MinMax)
    onnx.save(with_zero_points(onnx.load(target)), target)


def compare(before: onnxruntime.InferenceSession, after: onnxruntime.InferenceSession, copies: dict[str, np.ndarray],
            labels: np.ndarray, release: dict) -> dict[str, dict[str, float]]:
    """Per perturbed copy: both AUCs, how far probabilities move (median, 95th percentile, share of other decisions), how alike
    the activation maps are (median correlation), and the shares of images that fine changes hardly move before and after."""
    calibration, thresholds = release["calibration"], release["thresholds"]
    edges = [thresholds["review"], thresholds["suspected"]]
    table: dict[str, dict[str, float]] = {}
    for name, images in copies.items():
        (logits, maps), (logits8, maps8) = (answers(session, ["logits", "cam"], images) for session in (before, after))
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
            **{f"steady{when}": ev.fine_shift(lambda pixels, session=session: ev.probability(
                answers(session, ["logits"], pixels)[0], calibration["temperature"], calibration["bias"]), images)["within"]
               for when, session in (("Before", before), ("After", after))},
        }
        print(f"8-bit, {name}: {table[name]}", flush=True)
    return table


def most_auc_lost(labels: np.ndarray) -> float:
    """How much less the AUC of a copy may be: MOST_AUC_LOST, or what SWAPPED_PAIRS are worth where that is more."""
    positives = int((labels == 1).sum())
    return max(MOST_AUC_LOST, SWAPPED_PAIRS / max(positives * (len(labels) - positives), 1) + _ROUNDED_TO)


def refusals(table: dict[str, dict[str, float]], labels: np.ndarray) -> list[str]:
    """Why the quantised file must not be released; empty when it may.

    Args:
        labels: of the images of each copy.
    """
    most = most_auc_lost(labels)
    most_unsteady = max(MOST_STEADINESS_LOST, MOVED_CASES / (len(labels) * len(ev.FINE_CHANGES)))
    return [
        *(f"{name}: AUC {row['aucBefore']} became {row['aucAfter']}, more than {most:.4g} less"
          for name, row in table.items() if row["aucBefore"] - row["aucAfter"] > most + 1e-9),
        *(f"{name}: fine changes move the probability by {ev.MOST_MOVED} or more in {1 - row['steadyAfter']:.1%} of the cases, before {1 - row['steadyBefore']:.1%}"
          for name, row in table.items() if row["steadyBefore"] - row["steadyAfter"] > most_unsteady + _ROUNDED_TO),
        *(f"{name}: the activation maps correlate by {row['mapCorrelation']}, less than {LEAST_MAP_CORRELATION}"
          for name, row in table.items() if row["mapCorrelation"] < LEAST_MAP_CORRELATION),
    ]


def card_section(form: dict) -> str:
    """The card's section on the form that ships.

    Args:
        form: what ``training`` in release.json says of it, ``quantisation`` or ``quantisationRefused``.
    """
    refused = form.get("quantisationRefused")
    table = (refused or form["quantisation"])["copies"]
    rows = [f"| {name} | {row['aucBefore']:.4f} | {row['aucAfter']:.4f} | {row['probabilityMovedP95']:.3f} "
            f"| {row['otherDecision']:.1%} | {row['mapCorrelation']:.3f} | {row['steadyBefore']:.1%} | {row['steadyAfter']:.1%} |" for name, row in table.items()]
    quantised = ("The weights and activations between the first block and the heads are 8-bit integers, and the three equal "
                 "input channels are one. All numbers above are of this form. On the validation patients, before and after:")
    full = ("**Not quantised.** All weights are in full precision (32-bit floating point), the three equal input channels are "
            "one, and all numbers above are of this form: twice the processor time and four times the size of one in 8-bit "
            f"integers, which was tried and refused ({'; '.join(refused['because']) if refused else ''}). On the validation "
            "patients, before and after what was refused:")
    return "\n".join([
        "",
        "## Quantisation",
        "",
        full if refused else quantised,
        "",
        "| copy | AUC before | AUC after | probability moved, p95 | other decision | maps' correlation | steady before | steady after |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        f"Steady: the share of images whose probability moves by less than {ev.MOST_MOVED} by changes that no eye sees.",
        "",
    ])
