"""Pictures that are no chest X-rays, for fitting the input gate and, from other families, for measuring it.

    python gate_data.py --debian DIR

fetches the Debian packages named below into DIR (needs apt-get and dpkg; nothing is installed). The other sources are
data files inside Python packages of requirements.txt. No picture is kept in git.
"""
from __future__ import annotations

import argparse
import gzip
import importlib.util
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

import augment as a
from data import SIZE

# Photographs, drawings and screenshots to fit on, and others to measure on; medical images likewise.
FITTING_PACKAGES = ("opencv-doc", "mate-backgrounds", "plasma-workspace-wallpapers", "lomiri-wallpapers-16.04")
HELD_OUT_PACKAGES = ("ukui-wallpapers", "labelme-examples", "invesalius-examples", "mricron-data")

_LONGEST = 512  # pixels kept of a source image's longer side
_SHORTEST = 96  # smaller ones are icons
_MOST_PIXELS = 9_000_000  # larger ones take a second each to decode
_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
_WORDS = ("lung chest heart report patient image ward result the of and in to no with was right left upper lower clear "
          "follow up date ref page total invoice order list name unit dose mg daily review signed copy").split()

Picture = Callable[[np.random.Generator], np.ndarray]


class MissingSource(Exception):
    """A source of pictures is not there; the message names it and how to get it."""


@dataclass(frozen=True)
class Families:
    """Generators of pictures by kind: each maps a random generator to uint8 [H, W]."""

    fitting: dict[str, Picture]
    held_out: dict[str, Picture]


def fetch(folder: Path) -> None:
    """Download and unpack the Debian packages below ``folder``; those that are there already stay.

    Raises:
        MissingSource: a package cannot be downloaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package in FITTING_PACKAGES + HELD_OUT_PACKAGES:
        if (folder / package).is_dir():
            continue
        if subprocess.run(["apt-get", "download", package], cwd=folder, check=False).returncode != 0:
            raise MissingSource(f"apt-get cannot download {package}: run `apt-get update`, or use a Debian 12 machine")
        archive = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg", "-x", str(archive), str(folder / package)], check=True)
        archive.unlink()


def families(debian: Path) -> Families:
    """All kinds of pictures, those to fit on and, from other sources and other drawing code, those to measure on.

    Raises:
        MissingSource: a package has not been fetched or installed.
    """
    figures = _images_below(_fetched(debian, "opencv-doc") / "usr/share/doc/opencv-doc/opencv4/html")
    photos = _images_below(_fetched(debian, "opencv-doc") / "usr/share/doc/opencv-doc/examples")
    # the previews: each wallpaper is there in up to fifteen sizes
    photos += _images_below(_fetched(debian, "plasma-workspace-wallpapers"), "contents/screenshot")
    photos += [image for package in ("mate-backgrounds", "lomiri-wallpapers-16.04") for image in _images_below(_fetched(debian, package))]
    ukui, labelme = _images_below(_fetched(debian, "ukui-wallpapers")), _images_below(_fetched(debian, "labelme-examples"), "JPEGImages")
    skimage = _package_folder("skimage") / "data"
    people_and_things = ["astronaut.png", "camera.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"]
    textures = ["brick.png", "grass.png", "gravel.png"]
    medical = ["cell.png", "ihc.png", "microaneurysms.png", "moon.png", "retina.jpg", "hubble_deep_field.jpg", "coins.png"]
    sklearn = _package_folder("sklearn") / "datasets" / "images"
    held_photos = [_read(skimage / name) for name in people_and_things] + [_read(p) for p in sorted(sklearn.glob("*.jpg"))] + ukui + labelme
    head = _nifti(_package_folder("nilearn") / "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    cranium = _cranium(_fetched(debian, "invesalius-examples") / "usr/share/doc/invesalius-examples/examples/Cranium.inv3")
    brain = _nifti(_fetched(debian, "mricron-data") / "usr/share/mricron/templates/ch2.nii.gz")
    return Families(
        fitting={
            "photograph": _whole_or_part(photos),
            "figure": _whole_or_part(figures),
            "text": _hershey_page,
            "chart": _chart,
            "noise": _power_noise,
            "gradient": _gradient,
            "shapes": _shapes,
            "limb": _limb,
            "MR": _slice_or_projection(head, projections=True),
            "head": _head_film(head),
            "tiles": _tiles(photos + figures),
        },
        held_out={
            "photograph": _whole_or_part(held_photos),
            "texture": _whole_or_part([_read(skimage / name) for name in textures]),
            "microscopy, retina, sky": _whole_or_part([_read(skimage / name) for name in medical]),
            "page of text": _typeset_page,
            "scanned text": _whole_or_part([_read(skimage / name) for name in ("page.png", "text.png")]),
            "screen": _screen,
            "noise": _other_noise,
            "gradient": _radial,
            "CT of the head, slice": _slice_or_projection(cranium, projections=False),
            "radiograph of the skull": _skull_radiograph(cranium),
            "MR of the brain, slice": _slice_or_projection(brain, projections=False),
            "CT, MR or ultrasound files": _choice(_dicom_images()),
        },
    )


# --- sources ---------------------------------------------------------------------------------------------------------


def _fetched(debian: Path, package: str) -> Path:
    if not (debian / package).is_dir():
        raise MissingSource(f"{debian / package} is missing: run `python gate_data.py --debian {debian}`")
    return debian / package


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise MissingSource(f"the Python package {name} is missing: install requirements.txt")
    return Path(spec.origin).parent


def _read(path: Path) -> np.ndarray:
    """Grey pixels, the longer side at most _LONGEST; transparency on white, as viewers show it."""
    with Image.open(path) as opened:
        opened.draft("L", (_LONGEST, _LONGEST))
        image = ImageOps.exif_transpose(opened)
        if image.mode in ("RGBA", "LA", "P"):
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("L")
        image.thumbnail((_LONGEST, _LONGEST))
        return np.asarray(image, dtype=np.uint8)


def _images_below(folder: Path, within: str = "") -> list[np.ndarray]:
    """All readable pictures that are no icons and not uniform, in the order of their paths; ``within`` must be part of the path."""
    images = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file() and within in str(p)):
        try:
            with Image.open(path) as opened:
                is_handy = opened.width * opened.height <= _MOST_PIXELS
            if not is_handy:
                continue
            image = _read(path)
        except (OSError, ValueError):
            continue
        if min(image.shape) >= _SHORTEST and image.std() > 5:
            images.append(image)
    if not images:
        raise MissingSource(f"no pictures in {folder}")
    return images


def _nifti(path: Path) -> np.ndarray:
    """The volume of a NIfTI-1 file as float32 [Z, Y, X], scaled to 0..1."""
    raw = gzip.decompress(path.read_bytes())
    sizes = np.frombuffer(raw, "<i2", 4, 40)[1:]
    kind = {2: "u1", 4: "<i2", 16: "<f4", 256: "i1", 512: "<u2"}[int(np.frombuffer(raw, "<i2", 1, 70)[0])]
    start = int(np.frombuffer(raw, "<f4", 1, 108)[0])
    volume = np.frombuffer(raw, kind, int(np.prod(sizes)), start).reshape(sizes[::-1]).astype(np.float32)
    return (volume - volume.min()) / np.ptp(volume)


def _cranium(path: Path) -> np.ndarray:
    """The CT of a head in an InVesalius project, float32 [Z, Y, X], attenuation as a share of air to dense bone."""
    with tarfile.open(path) as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith("matrix.dat"))
        data = archive.extractfile(member)
        assert data is not None  # a regular file
        volume = np.frombuffer(data.read(), "<i2").reshape(108, 256, 256).astype(np.float32)
    return np.clip((volume + 1000) / 3000, 0, 1)


def _dicom_images() -> list[np.ndarray]:
    import pydicom

    folder = _package_folder("pydicom") / "data" / "test_files"
    images = []
    for name in ("CT_small.dcm", "MR_small.dcm", "examples_overlay.dcm", "examples_rgb_color.dcm"):
        pixels = pydicom.dcmread(folder / name).pixel_array.astype(np.float32)
        pixels = pixels if pixels.ndim == 2 else pixels.mean(axis=-1)
        images.append(_to_grey(pixels))
    return images


def _to_grey(values: np.ndarray, low: float = 0.5, high: float = 99.5) -> np.ndarray:
    """uint8 between two percentiles."""
    bottom, top = np.percentile(values, [low, high])
    return (np.clip((values - bottom) / max(top - bottom, 1e-6), 0, 1) * 255).astype(np.uint8)


# --- pictures from sources -------------------------------------------------------------------------------------------


def _choice(images: list[np.ndarray]) -> Picture:
    return lambda rng: images[int(rng.integers(len(images)))]


def _whole_or_part(images: list[np.ndarray]) -> Picture:
    """A whole picture or a part of it of at least 40 % of either side."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        image = images[int(rng.integers(len(images)))]
        if rng.random() < 0.4:
            return image
        height, width = (max(32, int(side * rng.uniform(0.4, 1))) for side in image.shape)
        top, left = (int(rng.integers(0, max(1, whole - part + 1))) for whole, part in zip(image.shape, (height, width)))
        return image[top : top + height, left : left + width]

    return draw


def _tiles(images: list[np.ndarray]) -> Picture:
    """Several pictures side by side, as contact sheets and collages."""
    part = _whole_or_part(images)

    def draw(rng: np.random.Generator) -> np.ndarray:
        rows, columns = int(rng.integers(1, 4)), int(rng.integers(2, 4))
        height, width = SIZE // rows, SIZE // columns
        return np.vstack([np.hstack([cv2.resize(part(rng), (width, height)) for _ in range(columns)]) for _ in range(rows)])

    return draw


def _slice_or_projection(volume: np.ndarray, projections: bool) -> Picture:
    """A slice along one axis, or the sum along it, of a volume [Z, Y, X] with the head's top last."""
    volume = volume[::-1]

    def draw(rng: np.random.Generator) -> np.ndarray:
        axis = int(rng.integers(3))
        if projections and rng.random() < 0.5:
            return _to_grey(volume.sum(axis=axis))
        at = int(volume.shape[axis] * rng.uniform(0.25, 0.75))
        return _to_grey(np.take(volume, at, axis=axis))

    return draw


def _head_film(volume: np.ndarray) -> Picture:
    """Something like a radiograph of a head from any side: the tissue of an MR volume [Z, Y, X] and, since bone gives no signal
    there, a shell of bone around it, as they would weaken rays."""
    tissue = volume[::-2, ::2, ::2]
    inside = (cv2.GaussianBlur(tissue, (0, 0), 1.5) > 0.1).astype(np.uint8)
    filled = np.stack([cv2.morphologyEx(slice_, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) for slice_ in inside])

    def draw(rng: np.random.Generator) -> np.ndarray:
        within = np.ones((int(rng.integers(3, 8)),) * 2, np.uint8)
        shell = np.stack([slice_ - cv2.erode(slice_, within) for slice_ in filled]).astype(np.float32)
        body = tissue ** float(rng.uniform(0.5, 1.5)) + float(rng.uniform(0.5, 4)) * shell
        height, width = body.shape[1:]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(0, 360)), 1.0)
        sums = np.stack([cv2.warpAffine(slice_, turn, (width, height)).sum(axis=0) for slice_ in body])
        film = _to_grey(1 - np.exp(-sums / (float(np.percentile(sums, 90)) * float(rng.uniform(0.3, 1.5)))))
        tall, wide = film.shape
        top, bottom = int(tall * rng.uniform(0, 0.2)), int(tall * rng.uniform(0, 0.3))
        left, right = (int(wide * rng.uniform(0, 0.15)) for _ in range(2))
        film = film[top : tall - bottom, left : wide - right]
        return film[::-1] if rng.random() < 0.25 else film

    return draw


def _skull_radiograph(volume: np.ndarray) -> Picture:
    """Frontal, lateral and oblique projections of a CT: what a radiograph of the skull shows."""
    volume = volume if volume[0].mean() < volume[-1].mean() else volume[::-1]  # the vertex is the thinner end

    def draw(rng: np.random.Generator) -> np.ndarray:
        angle = float(rng.choice([0, 90])) + float(rng.uniform(-12, 12))
        turn = cv2.getRotationMatrix2D((127.5, 127.5), angle, 1.0)
        sums = np.stack([cv2.warpAffine(slice_, turn, (256, 256)).sum(axis=0) for slice_ in volume])
        film = _to_grey(1 - np.exp(-sums / float(rng.uniform(20, 60))))
        return cv2.resize(film, (256, int(108 * 1.5 / 0.957)), interpolation=cv2.INTER_CUBIC)

    return draw


# --- drawn pictures to fit on ----------------------------------------------------------------------------------------


def _words(rng: np.random.Generator, count: int) -> str:
    return " ".join(str(rng.choice(_WORDS)) if rng.random() < 0.85 else str(rng.integers(10_000)) for _ in range(count))


def _hershey_page(rng: np.random.Generator) -> np.ndarray:
    """Lines of text in stroke fonts, on light paper mostly, sometimes a dark screen."""
    height, width = int(rng.integers(300, 700)), int(rng.integers(300, 700))
    is_dark = rng.random() < 0.2
    page = np.full((height, width), int(rng.integers(0, 50) if is_dark else rng.integers(200, 256)), dtype=np.uint8)
    ink = int(rng.integers(170, 256) if is_dark else rng.integers(0, 80))
    scale = float(rng.uniform(0.3, 0.9))
    step, margin = int(scale * rng.uniform(26, 50)), int(rng.integers(5, 60))
    y = margin + step
    while y < height - margin:
        if rng.random() < 0.88:
            cv2.putText(page, _words(rng, int(rng.integers(2, 14))), (margin, y), int(rng.choice(a._FONTS)), scale, ink,
                        1 if rng.random() < 0.85 else 2, cv2.LINE_AA)
        y += step
    return page


def _chart(rng: np.random.Generator) -> np.ndarray:
    """Axes with lines, bars or dots, sometimes over a grid."""
    height, width = int(rng.integers(250, 500)), int(rng.integers(250, 500))
    is_dark = rng.random() < 0.25
    chart = np.full((height, width), 20 if is_dark else 250, dtype=np.uint8)
    ink = 230 if is_dark else 30
    if rng.random() < 0.5:
        for at in range(20, max(height, width), int(rng.integers(20, 60))):
            cv2.line(chart, (at, 0), (at, height), 128, 1)
            cv2.line(chart, (0, at), (width, at), 128, 1)
    cv2.line(chart, (30, 10), (30, height - 30), ink, 2)
    cv2.line(chart, (30, height - 30), (width - 10, height - 30), ink, 2)
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.integers(5, 60))
        xs = np.linspace(35, width - 15, count).astype(int)
        ys = np.clip(height / 2 + np.cumsum(rng.normal(0, height / 25, count)), 10, height - 35).astype(int)
        shade, style = int(rng.integers(0, 200)), rng.random()
        for index in range(count - 1):
            if style < 0.5:
                cv2.line(chart, (xs[index], ys[index]), (xs[index + 1], ys[index + 1]), shade, int(rng.integers(1, 3)), cv2.LINE_AA)
            elif style < 0.8:
                cv2.rectangle(chart, (xs[index], ys[index]), (xs[index] + max(2, width // count // 2), height - 32), shade, -1)
            else:
                cv2.circle(chart, (xs[index], ys[index]), 3, shade, -1)
    return chart


def _power_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise whose power falls as 1 / f^e, e of 0 (white) to 4 (clouds)."""
    exponent = float(rng.uniform(0, 4))
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :])
    frequency[0, 0] = 1 / SIZE
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE, SIZE))) / frequency ** (exponent / 2)
    return _to_grey(np.fft.irfft2(spectrum, s=(SIZE, SIZE)))


def _gradient(rng: np.random.Generator) -> np.ndarray:
    """A grey or a linear gradient, with little noise or none."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    angle = rng.uniform(0, 2 * np.pi)
    values = rng.uniform(20, 235) + rng.uniform(-100, 100) * (x * np.cos(angle) + y * np.sin(angle))
    values = values + rng.standard_normal((SIZE, SIZE)) * float(rng.choice([0, 1, 4, 12]))
    return np.clip(values, 0, 255).astype(np.uint8)


def _shapes(rng: np.random.Generator) -> np.ndarray:
    """Rectangles, ellipses and polygons on a ground, sharp or blurred."""
    image = np.full((SIZE, SIZE), int(rng.integers(0, 256)), dtype=np.uint8)
    for _ in range(int(rng.integers(1, 12))):
        shade = int(rng.integers(0, 256))
        x, y, w, h = (int(v) for v in rng.integers(0, SIZE, 4))
        kind = rng.random()
        if kind < 0.35:
            cv2.rectangle(image, (x, y), (w, h), shade, -1)
        elif kind < 0.7:
            cv2.ellipse(image, (x, y), (w // 2 + 4, h // 2 + 4), float(rng.uniform(0, 180)), 0, 360, shade, -1)
        else:
            cv2.fillPoly(image, [rng.integers(0, SIZE, (int(rng.integers(3, 7)), 2)).astype(np.int32)], shade)
    return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1, 8))) if rng.random() < 0.4 else image


def _limb(rng: np.random.Generator) -> np.ndarray:
    """Something like a radiograph of arms, hands or legs: bones with dense rims in bands of soft tissue."""
    film = np.zeros((SIZE, SIZE), dtype=np.float32)
    flesh, bone, marrow = (np.zeros((SIZE, SIZE), dtype=np.float32) for _ in range(3))
    limbs = int(rng.integers(1, 7))
    lean = float(rng.uniform(-0.3, 0.3))
    for index in range(limbs):
        across = SIZE * (index + 1) / (limbs + 1) + float(rng.normal(0, 6))
        thickness = SIZE / (limbs + 1) * float(rng.uniform(0.25, 0.45))
        joints = np.sort(rng.uniform(-0.1, 1.1, int(rng.integers(2, 6))))
        points = [(int(across + lean * SIZE * (at - 0.5)), int(at * SIZE)) for at in (-0.2, *joints, 1.2)]
        for start, end in zip(points, points[1:]):
            cv2.line(flesh, start, end, 1.0, max(3, int(thickness * 2)))
            gap = np.array(start) + (np.array(end) - np.array(start)) * 0.06
            until = np.array(start) + (np.array(end) - np.array(start)) * 0.94
            first, last = (tuple(int(v) for v in point) for point in (gap, until))
            cv2.line(bone, first, last, 1.0, max(3, int(thickness * 0.9)))
            cv2.line(marrow, first, last, 1.0, max(1, int(thickness * 0.5)))
    film = (cv2.GaussianBlur(flesh, (0, 0), 5) * float(rng.uniform(0.3, 0.6)) + cv2.GaussianBlur(bone, (0, 0), 1.2) * 0.5
            - cv2.GaussianBlur(marrow, (0, 0), 1.5) * float(rng.uniform(0.1, 0.25)))
    film += rng.standard_normal((SIZE, SIZE)).astype(np.float32) * 0.01 + float(rng.uniform(0, 0.1))
    film = np.clip(film, 0, 1.2) / 1.2
    if rng.random() < 0.5:
        film = film.T
    return (film ** float(rng.uniform(0.6, 1.4)) * 255).astype(np.uint8)


# --- drawn pictures to measure on: other code, other fonts -----------------------------------------------------------


def _typeset_page(rng: np.random.Generator) -> np.ndarray:
    """A page in a proportional font with a title, paragraphs and sometimes a table or a figure."""
    width, height = int(rng.integers(420, 620)), int(rng.integers(560, 860))
    page = Image.new("L", (width, height), int(rng.integers(225, 256)))
    pen = ImageDraw.Draw(page)
    size = int(rng.integers(10, 17))
    body, title = ImageFont.load_default(size), ImageFont.load_default(size * 2)
    pen.text((40, 30), _words(rng, 3).title(), fill=0, font=title)
    y = 40 + 3 * size
    while y < height - 60:
        if rng.random() < 0.1:
            box = (50, y, width - 50, min(height - 40, y + int(rng.integers(60, 160))))
            pen.rectangle(box, outline=60, fill=int(rng.integers(180, 250)))
            y = box[3] + size
        for _ in range(int(rng.integers(2, 9))):
            pen.text((40, y), _words(rng, int((width - 80) / size / 3.2)), fill=int(rng.integers(0, 60)), font=body)
            y += int(size * 1.4)
        y += size
    return np.asarray(page)


def _screen(rng: np.random.Generator) -> np.ndarray:
    """Windows with bars, buttons and lists, light or dark."""
    width, height = int(rng.integers(480, 800)), int(rng.integers(320, 560))
    ground, pane, ink = (30, 50, 220) if rng.random() < 0.5 else (200, 245, 30)
    screen = Image.new("L", (width, height), ground)
    pen = ImageDraw.Draw(screen)
    font = ImageFont.load_default(12)
    for _ in range(int(rng.integers(1, 5))):
        left, top = int(rng.integers(0, width // 2)), int(rng.integers(0, height // 2))
        right, bottom = left + int(rng.integers(150, width)), top + int(rng.integers(120, height))
        pen.rectangle((left, top, right, bottom), fill=pane, outline=128)
        pen.rectangle((left, top, right, top + 22), fill=110)
        pen.text((left + 8, top + 4), _words(rng, 3), fill=250, font=font)
        for line in range(top + 34, bottom - 14, 18):
            pen.text((left + 12, line), _words(rng, int(rng.integers(1, 8))), fill=ink, font=font)
        pen.rounded_rectangle((right - 90, bottom - 30, right - 10, bottom - 8), 6, fill=128)
    return np.asarray(screen)


def _other_noise(rng: np.random.Generator) -> np.ndarray:
    """Uniform noise, salt and pepper, blocks, value noise of several octaves, stripes of an empty channel."""
    kind = int(rng.integers(5))
    if kind == 0:
        return rng.integers(0, 256, (300, 300), dtype=np.uint8)
    if kind == 1:
        ground = np.full((300, 300), int(rng.integers(60, 200)), dtype=np.uint8)
        spots = rng.random(ground.shape)
        ground[spots < 0.1], ground[spots > 0.9] = 0, 255
        return ground
    if kind == 2:
        return cv2.resize(rng.integers(0, 256, (14, 14), dtype=np.uint8), (280, 280), interpolation=cv2.INTER_NEAREST)
    if kind == 3:
        octaves = [cv2.resize(rng.random((2**n, 2**n)).astype(np.float32), (256, 256), interpolation=cv2.INTER_CUBIC) / 2 ** (n - 1)
                   for n in range(2, 7)]
        return _to_grey(np.sum(octaves, axis=0))
    rows = rng.integers(0, 256, 300, dtype=np.uint8)
    stripes = np.repeat(rows[:, None], 300, axis=1)
    return stripes if rng.random() < 0.5 else np.ascontiguousarray(stripes.T)


def _radial(rng: np.random.Generator) -> np.ndarray:
    """A spot or a vignette, as a picture of a light, a lens or an empty detector."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    distance = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.8))
    values = np.exp(-((distance / rng.uniform(0.15, 0.8)) ** 2))
    values = values if rng.random() < 0.5 else 1 - values
    return _to_grey(values + rng.standard_normal(values.shape) * float(rng.choice([0, 0.01, 0.03])))


def draw(picture: Picture, seed: tuple[int, ...], count: int) -> Iterator[np.ndarray]:
    """``count`` pictures at the network's size, uint8 [SIZE, SIZE]; the same seed gives the same ones."""
    for index in range(count):
        rng = np.random.default_rng((*seed, index))
        image = np.ascontiguousarray(picture(rng))
        yield cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debian", type=Path, required=True, help="folder for the unpacked Debian packages")
    fetch(parser.parse_args().debian)


if __name__ == "__main__":
    main()
