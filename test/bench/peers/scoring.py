"""What every peer does with an image, as well as Pillow and ONNX Runtime can: the JPEG is scaled while it is decoded
(draft mode), one thread predicts one image, threads do not spin, only the logits are computed."""
from __future__ import annotations

import io
import json
import os
from pathlib import Path

# the telemetry of ONNX Runtime's Python package is off by default on Linux; say so all the same
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from PIL import Image  # noqa: E402

_KERNELS = {"nearest": Image.Resampling.NEAREST, "linear": Image.Resampling.BILINEAR,
            "cubic": Image.Resampling.BICUBIC, "lanczos3": Image.Resampling.LANCZOS}


class Scorer:
    """Probability of the positive label of one encoded image.

    Raises:
        ValueError: the release wants what the peers do not do: a crop, another kernel than Pillow's, more than two labels.
    """

    def __init__(self, folder: str | None = None) -> None:
        release = Path(folder or os.environ["BENCH_RELEASE"])
        described = json.loads((release / "release.json").read_text())
        entry, preprocessing = described["input"], described["preprocessing"]
        if preprocessing["crop"] != "none" or preprocessing["kernel"] not in _KERNELS or len(described["labels"]) != 2:
            raise ValueError(f"{release}: the peers need no crop, a kernel of {', '.join(_KERNELS)}, and two labels")
        self._size = (entry["width"], entry["height"])
        self._kernel = _KERNELS[preprocessing["kernel"]]
        self._input = entry["name"]
        self._outputs = [described["outputs"]["logits"]]
        self._positive = described["labels"].index(described["positiveLabel"])
        self._calibration = described["calibration"]
        shape = (1, entry["channels"], 1, 1)
        deviation = np.array(preprocessing["std"], dtype=np.float32).reshape(shape)
        self._factor = np.float32(preprocessing["scale"]) / deviation
        self._offset = np.array(preprocessing["mean"], dtype=np.float32).reshape(shape) / deviation
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(release / described["model"]["file"]), options, providers=["CPUExecutionProvider"])
        # the first run plans the session's memory
        self._session.run(self._outputs, {self._input: np.zeros((1, entry["channels"], *self._size[::-1]), np.float32)})

    def score(self, body: bytes) -> float:
        with Image.open(io.BytesIO(body)) as image:
            image.draft("L", self._size)
            grey = image if image.mode == "L" else image.convert("L")
            grey = grey.resize(self._size, self._kernel)
        # [H, W] becomes [1, channels, H, W] in the multiplication, and no other copy is made
        pixels = np.asarray(grey) * self._factor
        pixels -= self._offset
        logits = self._session.run(self._outputs, {self._input: pixels})[0][0]
        margin = logits[self._positive] - logits[1 - self._positive] + self._calibration["bias"]
        return float(1 / (1 + np.exp(-margin / self._calibration["temperature"])))
