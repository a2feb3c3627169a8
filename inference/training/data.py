"""Listing, patient grouping, splitting and caching of the chest X-ray training images.

The data folder holds ``NORMAL/`` and ``PNEUMONIA/`` with the file names of the published data set
(Kermany, Zhang, Goldbaum 2018, doi 10.17632/rscbjbr9sj).
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

LABELS = ("normal", "pneumonia")
SIZE = 224
_CLASS_FOLDERS = {"NORMAL": 0, "PNEUMONIA": 1}
_PNEUMONIA_NAME = re.compile(r"^person(\d+)_(bacteria|virus)_\d+", re.IGNORECASE)
_NORMAL_NAME = re.compile(r"^((?:NORMAL2-)?IM-\d+)", re.IGNORECASE)
_STORED_BITS = (8, 10, 12, 14)  # in 16 a sample, by modalities, and 8 by programs; their files say nothing of it
_IMAGE_SUFFIXES = {".jpeg", ".jpg", ".png", ".tif", ".tiff"}
_READING = 2  # of read_image: pixels that were read by another are not used


@dataclass(frozen=True)
class Record:
    """One image: its file, label (0 normal, 1 pneumonia), patient group and slice."""

    path: Path
    label: int
    group: str
    slice: str  # "normal", "bacterial", "viral" or "pneumonia" where the name does not tell


def group_and_slice(name: str, label: int) -> tuple[str, str]:
    """Patient group and slice of a file name.

    ``personN_bacteria_M`` and ``personN_virus_M`` belong to patient N; a normal image belongs to the study
    before its image counters (``IM-0629-0001-0002`` to ``IM-0629``). A name of another form is its own group.
    """
    match = _PNEUMONIA_NAME.match(name)
    if match and label == 1:
        return f"person{int(match.group(1))}", "bacterial" if match.group(2).lower() == "bacteria" else "viral"
    match = _NORMAL_NAME.match(name)
    if match and label == 0:
        return match.group(1).upper(), "normal"
    return f"{LABELS[label]}:{name}", LABELS[label]


def list_records(folder: Path) -> list[Record]:
    """All images below ``folder/NORMAL`` and ``folder/PNEUMONIA``, sorted by path.

    Raises:
        FileNotFoundError: a class folder is missing or holds no image.
    """
    records: list[Record] = []
    for class_folder, label in _CLASS_FOLDERS.items():
        files = sorted(p for p in (folder / class_folder).glob("*") if p.suffix.lower() in _IMAGE_SUFFIXES)
        if not files:
            raise FileNotFoundError(f"no images in {folder / class_folder}")
        for path in files:
            group, slice_name = group_and_slice(path.name, label)
            records.append(Record(path, label, group, slice_name))
    return records


def split_by_group(records: list[Record], fraction: float, salt: str = "hilum-1") -> tuple[list[int], list[int]]:
    """Indices of the training and validation images; every patient is on one side only.

    The side is a function of the group's name and ``salt`` alone, so that it stays the same when images are
    added or removed.

    Args:
        fraction: share of the groups for validation, 0 < fraction < 1.

    Raises:
        ValueError: ``fraction`` is out of range.
    """
    if not 0 < fraction < 1:
        raise ValueError("fraction must lie between 0 and 1")
    limit = int(fraction * 2**32)
    training: list[int] = []
    validation: list[int] = []
    for index, record in enumerate(records):
        digest = hashlib.sha256(f"{salt}|{record.group}".encode()).digest()
        (validation if int.from_bytes(digest[:4], "big") < limit else training).append(index)
    return training, validation


def check_enough(records: list[Record], training: list[int], validation: list[int], batch: int) -> None:
    """Refuse a data folder that is too small, before anything is decoded.

    Args:
        training, validation: of :func:`split_by_group`.
        batch: images of the smallest epoch that can be trained on, half of them of either class.

    Raises:
        SystemExit: an epoch would be without a batch, or the validation images without one of the classes, of which no AUC can be told.
    """
    for use, indices, needed in (("to train on", training, batch // 2), ("to validate with", validation, 1)):
        there = [sum(records[index].label == label for index in indices) for label in (0, 1)]
        if min(there) < needed:
            raise SystemExit(
                f"--data: too few images: of {len(records)}, {there[0]} {LABELS[0]} and {there[1]} {LABELS[1]} ones are left {use} "
                f"once the patients are divided, and at least {needed} of either are needed. Give a folder with more of them")


def sample_bits(largest: int) -> int:
    """The depth that an image of 16 bits a sample uses, by its largest sample, as the service tells it (deep-grey.ts)."""
    return next((bits for bits in _STORED_BITS if largest < 2**bits), 16)


def _deep_grey(opened: Image.Image, path: Path) -> Image.Image | None:
    """Upright grey of 16 bits a sample, what is transparent black; None for any other image."""
    if opened.mode.startswith("I;16"):
        return Image.fromarray(np.asarray(ImageOps.exif_transpose(opened)).astype(np.uint16))
    if not opened.tile or opened.tile[0].args != "LA;16B":
        return None
    opened.load()  # tells what is broken; of the samples Pillow keeps the upper bytes alone
    samples, _, _, alpha = cv2.split(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    grey = Image.fromarray((samples.astype(np.uint32) * alpha // 65535).astype(np.uint16))
    grey.info = opened.info
    return ImageOps.exif_transpose(grey)


def read_image(path: Path, size: int = SIZE) -> np.ndarray:
    """Decode one image as the service does by the release's preprocessing: EXIF rotation, 8-bit grey, filled to
    size × size with Lanczos-3 (the aspect is squashed, as in the training images). Grey of 16 bits a sample is scaled
    by the depth that it uses, where Pillow would clip it. Returns uint8 [size, size].

    Raises:
        OSError: the file is not a readable image.
    """
    # as a file, since Pillow maps what it opens by its path, and a TIFF that is not compressed is not turned upright then
    with path.open("rb") as file, Image.open(file) as opened:
        deep = _deep_grey(opened, path)
        grey = ImageOps.exif_transpose(opened).convert("L") if deep is None else deep
        bits = 8 if deep is None else sample_bits(int(np.asarray(deep).max()))
        if grey.size != (size, size):
            grey = grey.resize((size, size), Image.Resampling.LANCZOS)
        pixels = np.asarray(grey)
        if bits == 16:  # as libvips makes 8 of 16
            pixels = pixels >> 8
        elif bits > 8:
            pixels = np.rint(pixels * (255 / (2**bits - 1)))
        return np.minimum(pixels, 255).astype(np.uint8)


def at_size(images: np.ndarray, size: int) -> np.ndarray:
    """uint8 [N, H, W] resized to [N, size, size] by the kernel that the release's preprocessing names."""
    if images.shape[1:] == (size, size):
        return images
    return np.stack([np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize((size, size), Image.Resampling.LANCZOS))
                     for image in images])


def digest_of(records: list[Record]) -> str:
    """Of names, labels and file sizes: told without reading a file."""
    listing = "\n".join(f"{r.path.parent.name}/{r.path.name} {r.path.stat().st_size}" for r in records)
    return hashlib.sha256(listing.encode()).hexdigest()


def load_pixels(records: list[Record], cache: Path) -> np.ndarray:
    """Pixels of all records, uint8 [N, 224, 224], decoded once and kept in ``cache`` (a .npy file).

    The cache carries :func:`digest_of` and how images were read beside it, and is made again when either differs.
    """
    digest = f"{digest_of(records)} {_READING}"
    stamp = cache.with_suffix(".sha256")
    if cache.exists() and stamp.exists() and stamp.read_text() == digest:
        return np.load(cache, mmap_mode="r")
    cache.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.empty((len(records), SIZE, SIZE), dtype=np.uint8)
    for index, record in enumerate(records):
        pixels[index] = read_image(record.path)
        if (index + 1) % 1000 == 0:
            print(f"decoded {index + 1} of {len(records)} images", flush=True)
    np.save(cache, pixels)
    stamp.write_text(digest)
    return np.load(cache, mmap_mode="r")


def balanced_epoch(labels: np.ndarray, indices: list[int], seed: int, epoch: int) -> np.ndarray:
    """Order of one epoch with as many images of either class, int [2 × size of the smaller class].

    The larger class is walked through in turns over the epochs, so that all of its images are seen. Balanced
    because the class ratio of the training set is an accident of its collection, not a prevalence.
    """
    positions = np.asarray(indices)
    classes = [positions[labels[positions] == value] for value in (0, 1)]
    size = min(len(members) for members in classes)
    chosen = []
    for value, members in enumerate(classes):
        start = epoch * size
        turns = [
            np.random.default_rng((seed, value, turn)).permutation(members)
            for turn in range(start // len(members), (start + size - 1) // len(members) + 1)
        ]
        offset = start % len(members)
        chosen.append(np.concatenate(turns)[offset : offset + size])
    return np.random.default_rng((seed, 7, epoch)).permutation(np.concatenate(chosen))
