"""Write the generator's release: generator.onnx with 16-bit weights and generator.json beside it."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from generator.appearance import Appearance
from generator.flow import Flow, sample
from generator.prepare import SIZE, SMALL
from generator.refiner import Refiner
from session import open_session

OPSET = 17
LABELS = ("normal", "pneumonia")
ATTRIBUTION = (
    "Trained on: Kermany, Daniel; Zhang, Kang; Goldbaum, Michael (2018), Large Dataset of Labeled Optical Coherence "
    "Tomography (OCT) and Chest X-Ray Images, Mendeley Data, doi 10.17632/rscbjbr9sj, CC BY 4.0 (official training "
    "split, resized to 224 × 224, burned-in letters removed, moved onto a common frame)."
)
_LEAST_HALVED = 256  # numbers; smaller weights stay at 32 bits
_PARITY = 1e-3  # of the range of grey values, between the network with rounded weights and its file


class Generator(nn.Module):
    """Noise to radiographs: the flow, the appearance model and the refiner as one network."""

    def __init__(self, flow: Flow, appearance: Appearance, refiner: Refiner, steps: int, guidance: float) -> None:
        super().__init__()
        self.flow, self.refiner, self.steps, self.guidance = flow, refiner, steps, guidance
        self.mean = nn.Parameter(appearance.mean)
        self.decode = nn.Parameter((appearance.components * appearance.spread).T.contiguous())
        self.eval()  # the exporter restores the mode of the whole, and the flow drops out otherwise

    def forward(self, noise: torch.Tensor, finding: torch.Tensor, texture: torch.Tensor) -> torch.Tensor:
        """noise [N, K] and texture [N, 6, 56, 56], both Gaussian, and finding [N] (0 or 1, int64) to radiographs
        [N, 1, 224, 224] within 0..1."""
        coefficients = sample(self.flow, noise, finding, self.steps, self.guidance)
        coarse = (self.mean + coefficients @ self.decode).view(-1, 1, SMALL, SMALL)
        return self.refiner(coarse, finding.to(coarse.dtype), texture).clamp(0, 1)


def round_weights(generator: Generator) -> Generator:
    """Round all weights in place to what 16 bits hold, so that the file draws what the network does: the flow would carry
    small differences far."""
    for weights in generator.state_dict().values():
        weights.copy_(weights.half().float())
    return generator


def halve_weights(model: onnx.ModelProto) -> None:
    """Keep the large weights as 16-bit numbers that the graph turns back; half the file for nothing one could see.

    Raises:
        ValueError: a weight does not fit 16 bits.
    """
    casts = []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _LEAST_HALVED:
            continue
        halved = values.astype(np.float16)
        if not np.isfinite(halved).all():
            raise ValueError(f"{tensor.name} does not fit 16 bits")
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(halved, f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])


def export_generator(generator: Generator, path: Path) -> None:
    """Export to ONNX and check the file against the network.

    Raises:
        ValueError: the file draws something else.
    """
    width = generator.decode.shape[0]
    example = (torch.zeros(1, width), torch.zeros(1, dtype=torch.int64), torch.zeros(1, Refiner.NOISE_CHANNELS, SMALL, SMALL))
    names = {"input_names": ["noise", "finding", "texture"], "output_names": ["radiograph"]}
    torch.onnx.export(generator, example, str(path), opset_version=OPSET, dynamo=False, do_constant_folding=True,
                      dynamic_axes={name: {0: "n"} for name in (*names["input_names"], *names["output_names"])}, **names)
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    halve_weights(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    random = torch.Generator().manual_seed(5)
    inputs = (torch.randn((4, width), generator=random), torch.tensor([0, 1, 0, 1]),
              torch.randn((4, Refiner.NOISE_CHANNELS, SMALL, SMALL), generator=random))
    with torch.no_grad():
        ours = generator(*inputs).numpy()
    difference = float(np.abs(ours - draw(open_session(path), *(x.numpy() for x in inputs))).mean())
    if difference > _PARITY:
        raise ValueError(f"the exported file draws something else: mean difference {difference}")
    print(f"mean difference of the exported file: {difference:.1e}", flush=True)



def draw(session: onnxruntime.InferenceSession, noise: np.ndarray, finding: np.ndarray, texture: np.ndarray) -> np.ndarray:
    """Radiographs [N, 1, 224, 224] of the session."""
    return session.run(["radiograph"], {"noise": noise, "finding": finding, "texture": texture})[0]


def write_release(generator: Generator, temperature: float, folder: Path, images: int, command: str) -> None:
    """Write generator.onnx and generator.json into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "generator.onnx"
    export_generator(round_weights(generator), path)
    raw = path.read_bytes()
    description = {
        "schemaVersion": 1, "name": "hilum-radiograph-generator", "version": "0.1.0",
        "model": {"file": path.name, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)},
        "labels": list(LABELS),
        "noise": {"numbers": generator.decode.shape[0], "deviation": temperature},
        "texture": {"channels": Refiner.NOISE_CHANNELS, "side": SMALL},
        "output": {"side": SIZE},
        "sampling": {"method": "Heun", "steps": generator.steps, "guidance": generator.guidance},
        "training": {"images": images, "command": command},
        "attribution": ATTRIBUTION,
    }
    (folder / "generator.json").write_text(json.dumps(description, indent=2, ensure_ascii=False) + "\n")
    print(f"wrote {folder}, {len(raw) / 1e6:.1f} MB", flush=True)
