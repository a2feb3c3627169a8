"""The generator's card, from its description and the measured evidence."""
from __future__ import annotations


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def generator_card(description: dict, report: dict) -> str:
    """Markdown of GENERATOR_CARD.md.

    Args:
        description: generator.json.
        report: what evidence.py measured.
    """
    decisions, near = report["decisions"], report["nearest"]
    lines = [
        f"# Generator card: {description['name']} {description['version']}",
        "",
        "**For demonstrations and tests of this software only.** It draws frontal chest radiographs of nobody, with or without "
        "signs of pneumonia, so that a fresh machine has something to show and the repository needs no patient's image.",
        "",
        "## What it is",
        "",
        f"One ONNX file ({description['model']['bytes'] / 1e6:.1f} MB, weights of 16 bits): {description['noise']['numbers']} Gaussian "
        "numbers become, by a flow that knows the finding, coefficients of a linear model of appearance at 56 × 56 pixels; a U-Net "
        f"draws {description['output']['side']} × {description['output']['side']} pixels from that and from more noise. The local package "
        "gives each drawing a size and exposure of its own, noise, borders, a side marker and a made-up identity, and writes JPEG "
        "or DICOM. Detail finer than that of 224 pixels a side is not there.",
        "",
        f"{description['attribution']}",
        "",
        f"Learned from {description['training']['images']} images by `{description['training']['command']}` in `inference/training` (see its "
        "README), with a tenth of the patients held out. Neither the images nor their coefficients are in the file.",
        "",
        "## Is it a copy?",
        "",
        f"{report['drawings']['normal']} + {report['drawings']['pneumonia']} drawings, before borders and identity are added, each compared with "
        "every image it learned from: mean squared difference of 64 × 64 pixels at zero mean and unit deviation, and squared distance of "
        "the classifier's features at unit length. Small numbers mean alike.",
        "",
        "| nearest neighbour | pixels: least | 1 % | 5 % | median | features: least | 1 % | 5 % | median |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in ("drawing to training", "training to another patient", "held-out patient to training", "drawing to drawing"):
        numbers = [f"{near[kind][name][key]:.4f}" for kind in ("pixels", "features") for key in ("least", "p1", "p5", "median")]
        lines.append(f"| {name} | {' | '.join(numbers)} |")
    key = "drawings nearer than the nearest 1 % between patients"
    lines += [
        "",
        f"{_percent(near['pixels'][key])} of the drawings are nearer to a training image in pixels, and {_percent(near['features'][key])} in "
        "features, than the nearest 1 % of the training images are to one of another patient.",
        "",
        "## Is it scored as what it was drawn for?",
        "",
        f"By {report['classifier']['name']} {report['classifier']['version']} (AUC {report['auc']:.4f}):",
        "",
        "| drawn as | `normal` | `review` | `pneumonia-suspected` |",
        "|---|---|---|---|",
    ]
    for name, shares in decisions.items():
        lines.append(f"| {name} | {' | '.join(_percent(shares[key]) for key in ('normal', 'review', 'pneumonia-suspected'))} |")
    lines += [
        "",
        "That tells nothing about the classifier: both learned from the same images, and guidance makes drawings more typical of "
        "their finding than patients are. Never train, tune or judge a classifier with them.",
        "",
        "## Limits",
        "",
        "- Children of one to five years of one hospital, as in the training images; no adults, no lateral views, no other findings.",
        "- Anatomy is plausible at a glance, not correct: ribs may fork or end, vessels lead nowhere, the sides outside the body are "
        "foggy. No radiologist has judged them.",
        "- Drawings are a little more alike than patients are (last row of the first table), and their chests lie about alike.",
        "- Same seed, same bytes only on the same machine with the same versions: processors round differently.",
        "",
    ]
    return "\n".join(lines)
