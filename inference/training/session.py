"""Exported networks in ONNX Runtime: images go in as they were decoded, whatever size and channels the file takes."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from data import at_size
from network import to_input


def open_session(model: Path | bytes, threads: int = 2) -> onnxruntime.InferenceSession:
    """The file (or its bytes) in ONNX Runtime on the CPU, threads that do not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options,
                                        providers=["CPUExecutionProvider"])


def network_input(pixels: np.ndarray, channels: int, size: int) -> np.ndarray:
    """uint8 [N, H, W] to float32 [N, channels, size, size], scaled as in training."""
    images = to_input(torch.from_numpy(np.ascontiguousarray(at_size(pixels, size))))
    return images[:, :channels].contiguous().numpy()


def answers(session: onnxruntime.InferenceSession, outputs: list[str], images: Iterable[np.ndarray], batch: int = 16) -> list[np.ndarray]:
    """The named outputs, [N, …] each, for images uint8 [H, W] of one size; they need not all be in memory at once."""
    entry = session.get_inputs()[0]
    _, channels, size, _ = entry.shape
    rows: list[list[np.ndarray]] = []
    waiting: list[np.ndarray] = []

    def flush() -> None:
        if waiting:
            rows.append(session.run(outputs, {entry.name: network_input(np.stack(waiting), channels, size)}))
            waiting.clear()

    for image in images:
        waiting.append(image)
        if len(waiting) == batch:
            flush()
    flush()
    return [np.concatenate(parts) for parts in zip(*rows)]


def infer(session: onnxruntime.InferenceSession, images: Iterable[np.ndarray]) -> np.ndarray:
    """Logits [N, 2] of images uint8 [H, W]."""
    return answers(session, ["logits"], images)[0]
