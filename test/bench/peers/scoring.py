"""What every peer does with an image, as well as Pillow and ONNX Runtime can: the JPEG is scaled while it is decoded
(draft mode), one thread predicts one image, threads do not spin."""
from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

# the telemetry of ONNX Runtime's Python package is off by default on Linux; say so all the same
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

THREADS = 4  # images at once, as many as Hilum's service does


class Scorer:
    """Probability of the positive label of one encoded image."""

    def __init__(self, folder: str | None = None) -> None:
        release = Path(folder or os.environ["BENCH_RELEASE"])
        described = json.loads((release / "release.json").read_text())
        entry, preprocessing = described["input"], described["preprocessing"]
        self._size = (entry["width"], entry["height"])
        self._name = entry["name"]
        shape = (1, entry["channels"], 1, 1)
        deviation = np.array(preprocessing["std"], dtype=np.float32).reshape(shape)
        self._factor = np.float32(preprocessing["scale"]) / deviation
        self._offset = np.array(preprocessing["mean"], dtype=np.float32).reshape(shape) / deviation
        self._calibration = described["calibration"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(release / described["model"]["file"]), options, providers=["CPUExecutionProvider"])

    def score(self, body: bytes) -> float:
        with Image.open(io.BytesIO(body)) as image:
            image.draft("L", self._size)
            grey = image.convert("L").resize(self._size, Image.Resampling.LANCZOS)
        pixels = np.asarray(grey, dtype=np.float32)[None, None] * self._factor - self._offset
        logits = self._session.run(["logits"], {self._name: pixels})[0][0]
        margin = (logits[1] + self._calibration["bias"] - logits[0]) / self._calibration["temperature"]
        return float(1 / (1 + np.exp(-margin)))
