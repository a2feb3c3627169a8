"""Training images made comparable: burned-in letters removed, contrast evened, the chest moved onto a common frame.

The common frame is what makes a linear model of appearance (appearance.py) sharp: ribs lie on ribs.
"""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIZE = 224
SMALL = 56
_LETTER_KERNEL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
_LETTER_CONTRAST = 55
_GREATEST_SHIFT = 0.16  # of the side
_STRENGTHS = (0.75, 0.55, 0.35, 0.2)  # shares of the found map; a rest of the patients' own positions stays
_GREATEST_OUTSIDE = 0.055  # of the area; what lies there is only the edge, repeated
_SCALES = (0.72, 1.35)


def remove_letters(image: np.ndarray) -> np.ndarray:
    """Paint over small bright marks near the edge (side markers, times, electrodes) with their surroundings; uint8
    [H, W] to the same. The middle of the image, where bones are as bright, stays as it is."""
    marks = cv2.morphologyEx(image, cv2.MORPH_TOPHAT, _LETTER_KERNEL) > _LETTER_CONTRAST
    height, width = image.shape
    marks[int(0.16 * height) : int(0.93 * height), int(0.17 * width) : int(0.83 * width)] = False
    if not marks.any():
        return image
    mask = cv2.dilate(marks.astype(np.uint8), np.ones((5, 5), np.uint8))
    return cv2.inpaint(image, mask, 3, cv2.INPAINT_TELEA)


def even_contrast(image: np.ndarray) -> np.ndarray:
    """Stretch so that the 2nd and 98th percentile are 0.06 and 0.90; uint8 to float32 within 0..1."""
    low, high = np.percentile(image, (2, 98))
    scaled = (image.astype(np.float32) - low) / max(high - low, 16.0) * 0.84 + 0.06
    return np.clip(scaled, 0.0, 1.0)


def align(small: np.ndarray, template: np.ndarray) -> np.ndarray | None:
    """The affine map [2, 3] (template to image, in pixels of ``small``) that correlates best with the template, or
    None when it is not found or is no plausible position of a patient."""
    start = np.eye(2, 3, dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        _, found = cv2.findTransformECC(template, small, start, cv2.MOTION_AFFINE, criteria, None, 5)
    except cv2.error:
        return None
    side = small.shape[0]
    centre = found @ np.array([side / 2, side / 2, 1], dtype=np.float32) - side / 2
    scales = np.linalg.svd(found[:, :2], compute_uv=False)
    angle = abs(np.arctan2(found[1, 0] - found[0, 1], found[0, 0] + found[1, 1]))
    plausible = np.abs(centre).max() <= _GREATEST_SHIFT * side and _SCALES[0] <= scales[1] and scales[0] <= _SCALES[1]
    return found if plausible and angle < 0.25 else None


def warp(image: np.ndarray, found: np.ndarray, small: int = SMALL) -> np.ndarray:
    """Apply a map found on ``small`` pixels a side to an image of any size; edges are repeated outwards."""
    factor = image.shape[0] / small
    scaled = found.copy()
    scaled[:, 2] = found[:, 2] * factor + (found[:, :2].sum(axis=1) - 1) * (factor - 1) / 2
    return cv2.warpAffine(image, scaled, image.shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)


def shrink(image: np.ndarray) -> np.ndarray:
    """The image at SMALL pixels a side (area mean)."""
    return cv2.resize(image, (SMALL, SMALL), interpolation=cv2.INTER_AREA)


def outside(found: np.ndarray, small: int = SMALL) -> float:
    """Share of the warped image that lies beyond the edges of the original."""
    covered = cv2.warpAffine(np.ones((small, small), np.float32), found, (small, small),
                             flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT)
    return 1 - float(covered.mean())


def moved(image: np.ndarray, found: np.ndarray) -> np.ndarray | None:
    """The image moved towards the common frame, as far as it goes without showing more than _GREATEST_OUTSIDE of
    nothing; None when even the least of _STRENGTHS shows more."""
    identity = np.eye(2, 3, dtype=np.float32)
    for strength in _STRENGTHS:
        applied = identity + strength * (found - identity)
        if outside(applied) <= _GREATEST_OUTSIDE:
            return warp(image, applied)
    return None


def prepare(pixels: np.ndarray, labels: np.ndarray, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """All images prepared, uint8 [M, 224, 224], and the index [M] of each in ``pixels``; images whose position is
    not found (turned, not frontal) or that end within the common frame are left out. Kept in ``cache`` (.npz)."""
    if cache.exists():
        kept = np.load(cache)
        return kept["images"], kept["index"]
    cv2.setNumThreads(1)
    even = np.empty(pixels.shape, dtype=np.uint8)
    for i, image in enumerate(pixels):
        even[i] = np.round(even_contrast(remove_letters(np.asarray(image))) * 255)
    small = np.stack([shrink(image) for image in even]).astype(np.float32) / 255
    template = small[labels == 0].mean(axis=0)
    for _ in range(2):  # the mean of aligned images is sharper than the mean of all
        normal = [(i, align(small[i], template)) for i in np.flatnonzero(labels == 0)[::2]]
        template = np.mean([warp(small[i], found) for i, found in normal if found is not None], axis=0)
    images, index = [], []
    for i in range(len(even)):
        found = align(small[i], template)
        if found is None:
            continue
        image = moved(even[i], found)
        if image is not None:
            images.append(image)
            index.append(i)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(cache, images=np.stack(images), index=np.array(index))
    print(f"prepared {len(index)} of {len(pixels)} images", flush=True)
    return np.stack(images), np.array(index)
