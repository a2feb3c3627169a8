"""Training augmentation for grey chest X-rays: uint8 [H, W] in, uint8 [H, W] out.

The published test images differ from the training ones in geometry, exposure, sharpness and in what is burned
into them, so each of these is varied here far beyond what the training set shows. All randomness comes from the
generator that is passed in: the same seed gives the same image.
"""
from __future__ import annotations

import string

import cv2
import numpy as np

cv2.setNumThreads(0)  # the network has the cores

_KERNELS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
_BORDERS = (cv2.BORDER_CONSTANT, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
_ALPHABET = np.array(list(string.ascii_letters + string.digits + "-:. "))
_FIELDS = ("name:", "id:", "ID ", "d.o.b.:", "DOB ", "date:", "kV", "mAs", "AP ", "PORTABLE ", "")


def warp(image: np.ndarray, angle: float, scale_x: float, scale_y: float, shear: float, shift: tuple[float, float],
         border: int = cv2.BORDER_CONSTANT, flip: bool = False) -> np.ndarray:
    """Affine warp about the centre. ``angle`` and ``shear`` in degrees; a scale > 1 crops in, < 1 shows a border;
    ``shift`` in shares of width and height."""
    height, width = image.shape
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shearing = np.array([[1.0, np.tan(np.deg2rad(shear))], [0.0, 1.0]])
    linear = rotation @ shearing @ np.diag([-scale_x if flip else scale_x, scale_y])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre - linear @ centre + np.array([shift[0] * width, shift[1] * height])
    matrix = np.concatenate([linear, offset[:, None]], axis=1)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)


def tone(image: np.ndarray, gamma: float, contrast: float = 1.0, brightness: float = 0.0) -> np.ndarray:
    """Exposure by a lookup table: v' = ((v^gamma − ½) · contrast + ½) + brightness with v in 0..1, clipped."""
    values = (np.linspace(0, 1, 256) ** gamma - 0.5) * contrast + 0.5 + brightness
    return np.take((np.clip(values, 0, 1) * 255).round().astype(np.uint8), image)


def resample(image: np.ndarray, side: int, down: int, up: int) -> np.ndarray:
    """Scale to side × side and back, as an image that was stored at a lower resolution."""
    height, width = image.shape
    small = cv2.resize(image, (side, side), interpolation=down)
    return cv2.resize(small, (width, height), interpolation=up)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Encode and decode as grey JPEG of the given quality (1..100)."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def _made_up_line(rng: np.random.Generator) -> str:
    return str(rng.choice(_FIELDS)) + "".join(rng.choice(_ALPHABET, size=int(rng.integers(3, 14))))


def burn_text(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Burn one to five lines of made-up text in at a corner (mostly) or anywhere, on a box or straight on the
    image, as modalities do."""
    image = image.copy()
    height, width = image.shape
    lines = [_made_up_line(rng) for _ in range(int(rng.integers(1, 6)))]
    font = int(rng.choice(_FONTS))
    scale = float(rng.uniform(0.22, 0.5)) * (1.8 if font == cv2.FONT_HERSHEY_PLAIN else 1.0)
    sizes = [cv2.getTextSize(line, font, scale, 1)[0] for line in lines]
    line_height = max(size[1] for size in sizes) + int(rng.integers(2, 6))
    box_width, box_height = min(max(size[0] for size in sizes) + 4, width), min(line_height * len(lines) + 4, height)
    if rng.random() < 0.8:
        left = 0 if rng.random() < 0.5 else width - box_width
        top = 0 if rng.random() < 0.5 else height - box_height
    else:
        left = int(rng.integers(0, width - box_width + 1))
        top = int(rng.integers(0, height - box_height + 1))
    ink = int(rng.integers(150, 256))
    if rng.random() < 0.4:
        paper = int(rng.choice([0, 0, 20, 128, 255]))
        image[top : top + box_height, left : left + box_width] = paper
        ink = 0 if paper == 255 else ink
    for number, line in enumerate(lines):
        baseline = (left + 2, top + line_height * (number + 1))
        cv2.putText(image, line, baseline, font, scale, ink, 1, cv2.LINE_AA if rng.random() < 0.7 else cv2.LINE_8)
    return image


def burn_marker(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Burn a side marker (R or L) of random size in near the border."""
    image = image.copy()
    height, width = image.shape
    left = int(rng.uniform(0, 0.12) * width) if rng.random() < 0.5 else int(rng.uniform(0.82, 0.93) * width)
    base = int(rng.uniform(0.06, 0.9) * height)
    cv2.putText(image, str(rng.choice(["R", "L"])), (left, base), int(rng.choice(_FONTS)), float(rng.uniform(0.3, 1.0)),
                int(rng.integers(180, 256)), int(rng.integers(1, 3)), cv2.LINE_AA)
    return image


def fill_box(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cover a corner or a strip along the border with one grey value, as a mask of burned-in text does."""
    image = image.copy()
    height, width = image.shape
    box_width, box_height = int(rng.uniform(0.1, 0.45) * width), int(rng.uniform(0.05, 0.3) * height)
    kind = rng.random()
    if kind < 0.15:
        box_width, box_height = width, int(rng.uniform(0.02, 0.1) * height)
    elif kind < 0.3:
        box_width, box_height = int(rng.uniform(0.02, 0.1) * width), height
    left = 0 if rng.random() < 0.5 else width - box_width
    top = 0 if rng.random() < 0.5 else height - box_height
    image[top : top + box_height, left : left + box_width] = int(rng.choice([0, 0, 0, 128, 255]))
    return image


def _illumination(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Multiply by a smooth random field (0.65..1.35), as uneven exposure and scatter do."""
    height, width = image.shape
    coarse = rng.uniform(0.65, 1.35, size=(3, 3)).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(image * field, 0, 255).astype(np.uint8)


def _tones(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.15:
        clahe = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 4)), tileGridSize=(int(rng.integers(2, 9)),) * 2)
        image = clahe.apply(image)
    elif rng.random() < 0.08:
        image = cv2.equalizeHist(image)
    if rng.random() < 0.2:  # window: the darkest and lightest shares saturate
        low, high = np.percentile(image, [rng.uniform(0, 8), 100 - rng.uniform(0, 8)])
        image = np.clip((image.astype(np.float32) - low) * (255 / max(high - low, 1)), 0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        gamma = float(np.exp(np.clip(rng.normal(0, 0.35), -0.8, 0.8)))
        image = tone(image, gamma, float(rng.uniform(0.6, 1.4)), float(rng.uniform(-0.15, 0.15)))
    if rng.random() < 0.25:
        image = _illumination(image, rng)
    return image


def _sharpness(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape
    if rng.random() < 0.5:
        image = resample(image, int(width * rng.uniform(0.3, 0.95)), int(rng.choice(_KERNELS)), int(rng.choice(_KERNELS[1:4])))
    if rng.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 1.8)))
    elif rng.random() < 0.3:
        blurred = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.7, 2.0)))
        amount = float(rng.uniform(0.3, 1.5))
        image = cv2.addWeighted(image, 1 + amount, blurred, -amount, 0)
    if rng.random() < 0.3:
        noise = rng.standard_normal((height, width), dtype=np.float32) * float(rng.uniform(1, 12))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return image


def augment(image: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """One random training view.

    Args:
        image: uint8 [H, W], square.
        size: side of the result in pixels; the resampling kernel is drawn too, so that the network does not learn one.

    Returns:
        uint8 [size, size].
    """
    if rng.random() < 0.95:
        log_scale = rng.normal(0, 0.10)
        log_aspect = rng.normal(0, 0.10)
        scale_x = float(np.exp(np.clip(log_scale + log_aspect, -0.3, 0.4)))
        scale_y = float(np.exp(np.clip(log_scale - log_aspect, -0.3, 0.4)))
        image = warp(image, float(np.clip(rng.normal(0, 6), -15, 15)), scale_x, scale_y, float(rng.uniform(-6, 6)),
                     (float(rng.uniform(-0.08, 0.08)), float(rng.uniform(-0.08, 0.08))), int(rng.choice(_BORDERS)),
                     bool(rng.random() < 0.5))
    image = _tones(image, rng)
    # Before or after the text: some archives sharpen or shrink what is burned in, some burn in last.
    text_first = rng.random() < 0.5
    if not text_first:
        image = _sharpness(image, rng)
    if rng.random() < 0.25:
        image = fill_box(image, rng)
    if rng.random() < 0.4:
        image = burn_text(image, rng)
    if rng.random() < 0.35:
        image = burn_marker(image, rng)
    if text_first:
        image = _sharpness(image, rng)
    if image.shape[0] != size:
        image = cv2.resize(image, (size, size), interpolation=int(rng.choice(_KERNELS[:4])))
    if rng.random() < 0.4:
        image = jpeg(image, int(rng.integers(30, 96)))
    return image


def relabel(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same view with what is written on it changed: text in a box or straight on the image, a mask, a marker.
    The network is taught to say the same of both."""
    kind = rng.random()
    if kind < 0.45:
        return burn_text(image, rng)
    if kind < 0.55:
        return burn_marker(burn_text(image, rng), rng)
    return fill_box(image, rng)


def mix_amplitude(images: np.ndarray, rng: np.random.Generator, probability: float = 0.3) -> np.ndarray:
    """Exchange part of the Fourier amplitude between images of a batch and keep the phase.

    The amplitude carries style (exposure, film, sharpness), the phase the structures; mixing the first makes a
    network rely on the second (Xu et al., "A Fourier-based framework for domain generalization", CVPR 2021).

    Args:
        images: uint8 [N, H, W].
        probability: share of the images that are mixed.

    Returns:
        uint8 [N, H, W].
    """
    partner = rng.permutation(len(images))
    result = images.copy()
    for index in np.flatnonzero(rng.random(len(images)) < probability):
        own = np.fft.rfft2(images[index].astype(np.float32))
        other = np.abs(np.fft.rfft2(images[partner[index]].astype(np.float32)))
        share = rng.uniform(0, 0.8)
        amplitude = (1 - share) * np.abs(own) + share * other
        mixed = np.fft.irfft2(amplitude * np.exp(1j * np.angle(own)), s=images[index].shape)
        result[index] = np.clip(mixed, 0, 255).astype(np.uint8)
    return result


def augmented_batch(pixels: np.ndarray, chosen: np.ndarray, seed: int, epoch: int, step: int, size: int) -> np.ndarray:
    """One random view of each of the chosen images, uint8 [len(chosen), size, size]; depends on (seed, epoch, step) only, so a
    resumed run sees the same."""
    images = [augment(np.array(pixels[i]), np.random.default_rng((seed, epoch, int(i))), size) for i in chosen]
    return mix_amplitude(np.stack(images), np.random.default_rng((seed, epoch, step, 1)))


def write_in_corner(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A name of some lines in a corner, in a box or straight on the image, or a mask over as much: 15 to 45 % of the width and
    5 to 30 % of the height, at the edge or a little off it, as small images have labels whose letters have a fixed size."""
    image = image.copy()
    height, width = image.shape
    box_width, box_height = int(rng.uniform(0.15, 0.45) * width), int(rng.uniform(0.05, 0.3) * height)
    margin = int(rng.uniform(0, 0.04) * width) if rng.random() < 0.5 else 0
    left = margin if rng.random() < 0.5 else width - box_width - margin
    top = margin if rng.random() < 0.5 else height - box_height - margin
    kind = rng.random()
    if kind < 0.7:
        image[top : top + box_height, left : left + box_width] = int(rng.choice([0, 0, 0, 128, 255]))
    if kind >= 0.4:
        lines = int(rng.integers(2, 6))
        font = int(rng.choice(_FONTS))
        for line in range(lines):
            text = _made_up_line(rng)
            (text_width, text_height), _ = cv2.getTextSize(text, font, 1.0, 1)
            scale = min(box_width / text_width, 0.8 * box_height / lines / text_height)
            cv2.putText(image, text, (left + 1, top + round(box_height * (line + 0.9) / lines)), font, scale,
                        int(rng.integers(150, 256)), 1, cv2.LINE_AA)
    return image


def disturb(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fine changes that no eye sees: noise of about a grey level, other sampling, compressed once more."""
    height, width = image.shape
    kind = rng.random()
    if kind < 0.4:
        return jpeg(image, int(rng.integers(70, 99)))
    if kind < 0.6:
        return resample(image, int(width * rng.uniform(1.2, 2.5)), int(rng.choice(_KERNELS[1:4])), cv2.INTER_AREA)
    if kind < 0.7:
        return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.2, 0.4)))
    noise = rng.standard_normal((height, width), dtype=np.float32) * float(rng.uniform(0.3, 1.5))
    return np.clip((image + noise).round(), 0, 255).astype(np.uint8)


def twin(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same radiograph as another program would have stored it: written on or masked elsewhere, and finely disturbed."""
    kind = rng.random()
    if kind < 0.6:
        image = write_in_corner(image, rng)
    elif kind < 0.75:
        image = relabel(image, rng)
    return disturb(image, rng) if rng.random() < 0.9 else image
