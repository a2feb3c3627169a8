"""A linear model of appearance: the principal components of the prepared images at 56 pixels a side.

Cootes and Taylor's active appearance models do the same for faces. A radiograph's coarse look becomes a few hundred
numbers, of which flow.py learns the distribution; nothing of a single image stays in the components.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from generator.prepare import SMALL, shrink

COMPONENTS = 256


@dataclass(frozen=True)
class Appearance:
    """mean [3136], components [3136, K] and the standard deviation [K] of each coefficient, float32."""

    mean: torch.Tensor
    components: torch.Tensor
    spread: torch.Tensor

    def coefficients(self, small: torch.Tensor) -> torch.Tensor:
        """Images [N, 1, 56, 56] (0..1) to coefficients [N, K], each of about unit deviation."""
        return (small.flatten(1) - self.mean) @ self.components / self.spread

    def image(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Coefficients [N, K] to coarse images [N, 1, 56, 56]."""
        flat = self.mean + (coefficients * self.spread) @ self.components.T
        return flat.view(-1, 1, SMALL, SMALL)

    def state(self) -> dict[str, torch.Tensor]:
        return {"mean": self.mean, "components": self.components, "spread": self.spread}


def shrunk(images: np.ndarray) -> torch.Tensor:
    """Prepared images uint8 [N, 224, 224] to float32 [N, 1, 56, 56] within 0..1."""
    return torch.from_numpy(np.stack([shrink(image) for image in images])).float().div_(255).unsqueeze(1)


def fit_appearance(small: torch.Tensor, labels: np.ndarray, components: int = COMPONENTS) -> Appearance:
    """Principal components of images [N, 1, 56, 56] with both classes weighing the same.

    Raises:
        ValueError: a class has no image, or there are fewer images than components.
    """
    counts = np.bincount(labels, minlength=2)
    if counts.min() == 0 or len(labels) < components:
        raise ValueError(f"too few images: {counts.tolist()} for {components} components")
    weights = torch.from_numpy(0.5 / counts[labels]).float().unsqueeze(1)
    flat = small.flatten(1)
    mean = (flat * weights).sum(0)
    centred = flat - mean
    values, vectors = torch.linalg.eigh((centred * weights).T @ centred)
    order = torch.arange(len(values) - 1, len(values) - 1 - components, -1)
    return Appearance(mean, vectors[:, order].contiguous(), values[order].clamp_min(1e-8).sqrt())
