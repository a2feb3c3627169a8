"""Tests of the training code and of the shipped release. Run with ``pytest`` in this folder; no data set needed."""
from __future__ import annotations

import argparse
import copy
import functools
import hashlib
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from PIL import Image
from torch import nn

import evaluate as ev
from augment import augment, burn_marker, burn_text, disturb, fill_box, mix_amplitude, relabel, write_in_corner
from data import Record, at_size, balanced_epoch, check_enough, group_and_slice, read_image, sample_bits, split_by_group
from equalise import LEAST_FACTOR, equalised
from export import PARITY, ReleaseRefused, export_onnx, fold_batch_norm, network_from_onnx, write_release
from network import MEAN, STD, ChestClassifier, to_input
from quantise import backbone, grey_input, is_quantised, quantise, refusals, with_zero_points
from session import answers, infer, network_input, open_session
from steady import PAIRS, losses_of, make_pairs, plain_weights, plan_of_steady, round_as_shipped, steady
from train import BATCH, arguments, main, plan_of, train_part

RELEASE = Path(__file__).parent.parent / "release"


def _records() -> list[Record]:
    names = [(f"person{n}_{kind}_{n * 10 + m}.jpeg", 1) for n in range(1, 400) for m, kind in enumerate(["bacteria", "virus", "virus"])]
    names += [(f"{prefix}IM-{n:04d}-0001{suffix}.jpeg", 0) for prefix in ("", "NORMAL2-") for n in range(300) for suffix in ("", "-0002")]
    return [Record(Path(name), label, *group_and_slice(name, label)) for name, label in names]


def _image(seed: int = 0, size: int = 224) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ramp = np.linspace(20, 200, size)[None, :] + np.linspace(0, 40, size)[:, None]
    return np.clip(ramp + rng.normal(0, 10, (size, size)), 0, 255).astype(np.uint8)


def test_group_is_the_patient_and_the_slice_is_told_by_the_name() -> None:
    assert group_and_slice("person12_bacteria_47.jpeg", 1) == ("person12", "bacterial")
    assert group_and_slice("person12_virus_48.jpeg", 1) == ("person12", "viral")
    assert group_and_slice("IM-0629-0001-0002.jpeg", 0) == ("IM-0629", "normal")
    assert group_and_slice("NORMAL2-IM-0629-0001.jpeg", 0) == ("NORMAL2-IM-0629", "normal")
    assert group_and_slice("scan.jpeg", 1) == ("pneumonia:scan.jpeg", "pneumonia")


def test_no_patient_is_in_both_folds() -> None:
    records = _records()
    training, validation = split_by_group(records, 0.12)
    assert sorted(training + validation) == list(range(len(records)))
    assert not {records[i].group for i in training} & {records[i].group for i in validation}
    assert 0.06 < len(validation) / len(records) < 0.18


def test_split_does_not_change_when_other_images_are_added() -> None:
    records = _records()
    few = records[: len(records) // 2]
    held_out = {few[i].group for i in split_by_group(few, 0.12)[1]}
    assert held_out <= {records[i].group for i in split_by_group(records, 0.12)[1]}


def test_balanced_epochs_walk_through_the_larger_class() -> None:
    labels = np.array([0] * 10 + [1] * 35)
    seen: set[int] = set()
    for epoch in range(4):
        order = balanced_epoch(labels, list(range(45)), seed=1, epoch=epoch)
        assert len(order) == 20 and labels[order].sum() == 10
        seen |= set(order.tolist())
    assert seen == set(range(45))


def test_a_folder_with_too_few_images_is_refused_in_plain_words_before_any_is_read(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("NORMAL", "PNEUMONIA"):
        (tmp_path / folder).mkdir()
        for n in range(15):
            (tmp_path / folder / f"{n}.png").write_bytes(b"not looked at")
    monkeypatch.setattr("sys.argv", ["train.py", "--data", str(tmp_path), "--out", str(tmp_path / "run")])
    with pytest.raises(SystemExit, match=r"^--data: too few images: of 30, 1\d normal and 1\d pneumonia ones are left to train on "
                                         r".* at least 16 of either are needed"):
        main()


def test_the_smallest_folder_has_a_batch_to_train_on_and_either_class_to_validate_with() -> None:
    records = [Record(Path(f"{label}-{n}.png"), label, f"{label}-{n}", "normal") for label in (0, 1) for n in range(17)]
    training, validation = [*range(16), *range(17, 33)], [16, 33]
    check_enough(records, training, validation, BATCH)
    assert len(balanced_epoch(np.array([r.label for r in records]), training, 1, 0)) == BATCH
    with pytest.raises(SystemExit, match="15 normal and 16 pneumonia ones are left to train on"):
        check_enough(records, training[1:], validation, BATCH)
    with pytest.raises(SystemExit, match="1 normal and 0 pneumonia ones are left to validate with .* at least 1 of either"):
        check_enough(records, training, validation[:1], BATCH)


def _picture(bits: int) -> np.ndarray:
    """The made-up picture of the service's test (deep-grey.test.ts), from black to white, of so many bits."""
    y, x = np.mgrid[:160, :240]
    return np.rint((2**bits - 1) * (x * 2 + y) / (239 * 2 + 159)).astype(np.uint16)


def _farthest(path: Path, expected: np.ndarray) -> int:
    """Of the grey levels that are read from those of 8-bit grey that is read."""
    plain = path.with_name("plain.png")
    Image.fromarray(expected.astype(np.uint8)).save(plain)
    return int(np.abs(read_image(path, 64).astype(int) - read_image(plain, 64)).max())


def _png_with_alpha(grey: np.ndarray, alpha: np.ndarray) -> bytes:
    """Of 16 bits a sample, which Pillow does not write."""
    rows = np.stack([grey, alpha], axis=-1).astype(">u2")
    parts = [(b"IHDR", struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 16, 4, 0, 0, 0)),
             (b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)


def test_one_sample_above_decides_of_how_many_bits_an_image_is() -> None:
    largest = [0, 255, 256, 1023, 1024, 4095, 4096, 16_383, 16_384, 65_535]
    assert [sample_bits(sample) for sample in largest] == [8, 8, 10, 10, 12, 12, 14, 14, 16, 16]


@pytest.mark.parametrize("form", ["png", "tiff"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_grey_stored_in_16_bits_is_the_picture_that_it_is_in_8(bits: int, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"deep.{form}"
    Image.fromarray(_picture(bits)).save(path)
    assert _farthest(path, _picture(8)) <= (bits > 8)


def test_grey_stored_in_16_bits_is_read_upright_and_from_the_upper_byte_on(tmp_path: Path) -> None:
    path = tmp_path / "deep.tiff"
    samples = _picture(12)
    Image.frombytes("I;16B", samples.shape[::-1], samples.astype(">u2").tobytes()).save(path, tiffinfo={274: 6})
    assert _farthest(path, np.rot90(_picture(8), -1)) <= 1


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_grey_of_the_full_16_bits_is_its_upper_byte(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"deep.{form}"
    Image.fromarray(_picture(16)).save(path)
    assert _farthest(path, _picture(16) >> 8) <= 1
    samples = _picture(12)
    samples[-1, -1] = 65_535
    Image.fromarray(samples).save(path)
    assert _farthest(path, samples >> 8) <= 1


def test_what_is_transparent_in_16_bits_is_black(tmp_path: Path) -> None:
    alpha, path = np.full((160, 240), 65_535), tmp_path / "deep.png"
    path.write_bytes(_png_with_alpha(_picture(12), alpha))
    assert _farthest(path, _picture(8)) <= 1
    alpha[:80] = 0
    path.write_bytes(_png_with_alpha(_picture(12), alpha))
    assert _farthest(path, np.where(alpha > 0, _picture(8), 0)) <= 1
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(OSError):
        read_image(path)


@pytest.mark.parametrize("size", [160, 224])
def test_augmentation_keeps_shape_and_type_and_is_repeatable(size: int) -> None:
    for seed in range(60):
        view = augment(_image(seed), np.random.default_rng(seed), size)
        assert view.shape == (size, size) and view.dtype == np.uint8
        assert np.array_equal(view, augment(_image(seed), np.random.default_rng(seed), size))


def test_burned_in_marks_leave_their_input_alone() -> None:
    for change in (burn_text, burn_marker, fill_box, write_in_corner):
        image = _image()
        changed = change(image, np.random.default_rng(3))
        assert np.array_equal(image, _image()) and changed.shape == image.shape and changed.dtype == np.uint8
        assert not np.array_equal(changed, image)


def test_amplitude_mixing_keeps_range_and_leaves_the_others_alone() -> None:
    images = np.stack([_image(i, 64) for i in range(8)])
    assert np.array_equal(mix_amplitude(images, np.random.default_rng(0), 0.0), images)
    mixed = mix_amplitude(images, np.random.default_rng(0), 1.0)
    assert mixed.shape == images.shape and mixed.dtype == np.uint8


@pytest.mark.parametrize("name", list(ev.PERTURBATIONS))
def test_perturbed_copies_are_repeatable(name: str) -> None:
    images = np.stack([_image(i) for i in range(3)])
    first = ev.perturbed(images, name)
    assert first.shape == images.shape and first.dtype == np.uint8
    assert np.array_equal(first, ev.perturbed(images, name))


def test_writing_shift_tells_share_and_worst_corner() -> None:
    images = np.stack([_image(i) for i in range(6)])

    def probability(batch: np.ndarray) -> np.ndarray:  # looks at nothing but one corner
        return batch[:, -20:, -60:].mean(axis=(1, 2)) / 255

    shift = ev.writing_shift(probability, images)
    assert shift["worst"]["change"].endswith("bottom right") and shift["worst"]["within"] == 0
    assert 0.74 < shift["within"] < 0.85 and shift["p95"] > 0.03


def test_twins_differ_in_what_is_written_only() -> None:
    image = _image()
    changed = relabel(image, np.random.default_rng(1))
    assert changed.shape == image.shape and 0.01 < (changed != image).mean() < 0.5


def test_fine_disturbances_change_grey_levels_by_little() -> None:
    image = _image(size=160)
    for seed in range(40):
        changed = disturb(image, np.random.default_rng(seed))
        assert changed.shape == image.shape and changed.dtype == np.uint8
        assert np.abs(changed.astype(int) - image).mean() < 8  # of noise with a deviation of 10, which blurring takes away
        assert np.array_equal(changed, disturb(image, np.random.default_rng(seed)))


def test_fine_shift_tells_share_and_worst_change() -> None:
    images = np.stack([_image(i) for i in range(6)])
    assert ev.fine_shift(lambda batch: np.full(len(batch), 0.5), images) == {
        "limit": 0.03, "within": 1, "p95": 0, "worst": {"change": "JPEG of quality 75", "within": 1}}
    # told by the last bit of one pixel: any change may turn it over
    shift = ev.fine_shift(lambda batch: batch[:, 100, 100] % 2 * 1.0, images)
    assert shift["within"] < 1 and shift["p95"] == 1


def test_calibration_finds_a_known_temperature() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, 40_000)
    labels = (rng.random(40_000) < 1 / (1 + np.exp(-truth))).astype(np.int64)
    temperature, bias = ev.calibrate(np.stack([np.zeros_like(truth), truth * 3 + 1], axis=1), labels)
    assert temperature == pytest.approx(3, rel=0.05) and bias == pytest.approx(-1, abs=0.15)


def test_thresholds_respect_the_review_limit_on_every_copy() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0, 1] * 300)
    suite = {name: 1 / (1 + np.exp(-(labels * 4 - 2 + rng.normal(0, spread, 600)))) for name, spread in (("a", 1.0), ("b", 2.0))}
    low, high = ev.choose_thresholds(suite, labels)
    assert low <= high
    assert max(ev.decided(p, labels, low, high)["reviewRate"] for p in suite.values()) <= 0.12


def test_input_is_scaled_grey_in_three_channels() -> None:
    images = to_input(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    assert images.shape == (1, 3, 1, 2)
    assert torch.allclose(images[0, 1, 0], torch.tensor([-MEAN[1] / STD[1], (1 - MEAN[1]) / STD[1]]))


def test_an_exported_network_answers_as_the_trained_one(tmp_path: Path) -> None:
    export_onnx(ChestClassifier(), tmp_path / "model.onnx")  # raises when the difference is above PARITY


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "model.onnx"
    export_onnx(ChestClassifier(), path)
    return path


def test_one_grey_channel_is_answered_as_three_equal_ones(exported: Path, tmp_path: Path) -> None:
    onnx.save(grey_input(onnx.load(exported)), tmp_path / "grey.onnx")
    pixels = np.stack([_image(i) for i in range(3)])
    assert np.abs(infer(open_session(exported), pixels) - infer(open_session(tmp_path / "grey.onnx"), pixels)).max() < PARITY


def test_first_convolution_first_block_and_heads_stay_in_floating_point(exported: Path) -> None:
    model = onnx.load(exported)
    chosen = set(backbone(model))
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    assert [name for name in convolutions if name not in chosen] == [*convolutions[:3], convolutions[-1]]
    assert "/_blocks.0/" in convolutions[2] and "/_blocks.1/" in convolutions[3]
    ours = {name for node in model.graph.node if node.name in chosen for name in node.output}
    assert not ours & {output.name for output in model.graph.output}


def test_a_quantised_network_answers_nearly_as_before_and_is_not_quantised_twice(exported: Path, tmp_path: Path) -> None:
    pixels = np.stack([_image(i) for i in range(8)])
    target = tmp_path / "int8.onnx"
    quantise(exported, target, pixels)
    assert target.stat().st_size < exported.stat().st_size / 3
    before, after = (answers(open_session(file), ["cam"], pixels)[0] for file in (exported, target))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.9
    with pytest.raises(ValueError, match="quantised already"):
        quantise(target, tmp_path / "twice.onnx", pixels)


def _zero_points(model: onnx.ModelProto) -> dict[str, set[int]]:
    """Of the weights of each quantised convolution."""
    values = {item.name: item for item in model.graph.initializer}
    maker = {output: node for node in model.graph.node for output in node.output}
    sources = {node.name: maker[node.input[1]] for node in model.graph.node if node.op_type == "Conv" and node.input[1] in maker}
    return {name: set(numpy_helper.to_array(values[source.input[2]]).tolist()) for name, source in sources.items()}


def test_weights_of_deep_convolutions_have_a_zero_point_which_changes_no_answer(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.stack([_image(i) for i in range(8)])
    with monkeypatch.context() as without:
        without.setattr("quantise.with_zero_points", lambda model: model)
        quantise(exported, tmp_path / "plain.onnx", pixels)
    quantise(exported, tmp_path / "model.onnx", pixels)
    for before, after in zip(*(answers(open_session(tmp_path / name), ["logits", "cam"], pixels) for name in ("plain.onnx", "model.onnx"))):
        assert np.array_equal(before, after)
    zeros = _zero_points(onnx.load(tmp_path / "model.onnx"))
    assert {frozenset(values) for values in zeros.values()} == {frozenset({0}), frozenset({-1})}
    assert zeros["/_conv_head/Conv"] == {-1} and zeros["/_blocks.1/_expand_conv/Conv"] == {0}
    assert all(values == {0} for name, values in zeros.items() if "depthwise" in name)
    with pytest.raises(ValueError, match="not symmetric"):
        with_zero_points(onnx.load(tmp_path / "model.onnx"))


def test_a_network_rebuilt_from_its_file_is_exported_as_before(exported: Path, tmp_path: Path) -> None:
    export_onnx(network_from_onnx(exported), tmp_path / "again.onnx")
    pixels = np.stack([_image(i) for i in range(3)])
    assert np.abs(infer(open_session(exported), pixels) - infer(open_session(tmp_path / "again.onnx"), pixels)).max() < PARITY


def test_a_quantised_network_that_answers_worse_is_refused() -> None:
    labels = np.array([0, 1] * 350)
    good = {"aucBefore": 0.99, "aucAfter": 0.988, "mapCorrelation": 0.99, "steadyBefore": 0.99, "steadyAfter": 0.97}
    assert refusals({"clean": good}, labels) == []
    assert "AUC" in refusals({"clean": good | {"aucAfter": 0.9879}}, labels)[0]
    assert "maps" in refusals({"clean": good | {"mapCorrelation": 0.9}}, labels)[0]
    assert "in 3.1% of the cases, before 1.0%" in refusals({"clean": good | {"steadyAfter": 0.969}}, labels)[0]
    # four cases of ten images
    few = np.array([0, 1] * 5)
    assert refusals({"clean": good | {"steadyBefore": 1, "steadyAfter": 0.9}}, few) == []
    assert refusals({"clean": good | {"steadyBefore": 1, "steadyAfter": 0.875}}, few) != []


def test_of_few_images_two_pairs_may_change_places_and_three_may_not() -> None:
    labels = np.array([0] * 14 + [1] * 15)
    margins = np.arange(29) / 10

    def refused(swaps: int) -> list[str]:
        moved = margins.copy()
        moved[14 - swaps : 14] += 0.1 * np.arange(swaps, 0, -1) + 0.05  # each past the first image of the other class
        before, after = (round(ev.auc(np.stack([np.zeros(29), z], axis=1), labels), 4) for z in (margins, moved))
        assert before - after == pytest.approx(swaps / (14 * 15), abs=1e-4)
        return refusals({"clean": {"aucBefore": before, "aucAfter": after, "mapCorrelation": 1, "steadyBefore": 1, "steadyAfter": 1}}, labels)

    assert refused(0) == refused(1) == refused(2) == []
    assert "less" in refused(3)[0]


@pytest.fixture
def quick_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ev, "PERTURBATIONS", {name: ev.PERTURBATIONS[name] for name in ("clean", "equalised")})
    monkeypatch.setattr(ev, "WRITINGS", ev.WRITINGS[:1])
    monkeypatch.setattr(ev, "bootstrap", functools.partial(ev.bootstrap, rounds=3))


def _release(folder: Path, pixels: np.ndarray) -> None:
    records = [Record(Path(f"{n}.jpeg"), n % 2, str(n), "normal") for n in range(len(pixels))]
    validation = list(range(8))
    write_release(ChestClassifier(), folder, 64, records, pixels, list(range(8, len(pixels))), validation, 1, "one", "COMMAND", "1.0.0", None)


def test_what_cannot_be_quantised_is_released_in_full_precision_and_says_so(
        quick_suite: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("export.refusals", lambda table, labels: ["clean: worse"])
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "release.json").write_text("of before")
    (folder / "notes.txt").write_text("of mine")
    _release(folder, np.stack([_image(i) for i in range(12)]))
    assert "NOT QUANTISED" in capsys.readouterr().out
    made, raw = json.loads((folder / "release.json").read_text()), (folder / "model.onnx").read_bytes()
    assert made["training"]["quantisationRefused"]["because"] == ["clean: worse"] and "quantisation" not in made["training"]
    assert made["model"] == {"file": "model.onnx", "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    assert not is_quantised(onnx.load_from_string(raw))
    assert open_session(raw).get_inputs()[0].shape[1:] == [made["input"]["channels"], 64, 64]
    assert "**Not quantised.**" in (folder / "MODEL_CARD.md").read_text()
    assert {path.name for path in folder.iterdir()} == {"MODEL_CARD.md", "model.onnx", "notes.txt", "release.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"full-precision.onnx", "release"}


def test_what_is_quantised_says_from_what(quick_suite: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.refusals", lambda table, labels: [])
    _release(tmp_path / "release", np.stack([_image(i) for i in range(12)]))
    training = json.loads((tmp_path / "release" / "release.json").read_text())["training"]
    assert training["quantisation"]["from"] == hashlib.sha256((tmp_path / "full-precision.onnx").read_bytes()).hexdigest()
    assert is_quantised(onnx.load(tmp_path / "release" / "model.onnx"))
    assert "8-bit integers, and" in (tmp_path / "release" / "MODEL_CARD.md").read_text()


def test_a_refused_release_leaves_the_one_that_was_there_and_names_the_image(quick_suite: None, tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "release.json").write_text("of before")
    pixels = np.stack([_image(i) for i in range(12)])
    pixels[3] = 128
    with pytest.raises(ReleaseRefused, match=r"would refuse 3\.jpeg .*Take the image out"):
        _release(tmp_path / "release", pixels)
    assert {path.name for path in tmp_path.rglob("*")} == {"release", "release.json"}
    assert (tmp_path / "release" / "release.json").read_text() == "of before"


@pytest.fixture
def few(tmp_path: Path) -> list[Record]:
    """As many normal images as make one batch with the others, of one file: what is trained on is given as pixels."""
    (tmp_path / "image.jpeg").write_bytes(b"as long as any")
    return [Record(tmp_path / "image.jpeg", label, f"{label}-{n}", "normal") for label in (0, 1) for n in range(20)]


def _train(options: argparse.Namespace, plan: dict) -> None:
    pixels, labels = np.stack([_image(i) for i in range(40)]), np.array([0] * 20 + [1] * 20)
    at = np.arange(20)
    train_part(options, plan, "trunk", 1, 1, None, pixels, labels, [*at[:16], *at[:16] + 20], [*at[16:], *at[16:] + 20])


def test_a_run_goes_on_with_the_weights_of_the_same_seeds_and_images_alone(
        few: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("train.QUICK", ("clean",))
    options = arguments(["--data", "DIR", "--out", str(tmp_path), "--epochs", "2", "--small-epochs", "1", "--small-size", "32"])
    best = tmp_path / "trunk" / "best.pt"

    def goes_on(seeds: list[int]) -> bool:
        best.write_bytes(b"weights of the best epoch before")
        capsys.readouterr()
        _train(options, plan_of(options, seeds, few))
        said = capsys.readouterr().out
        assert ("going on from step 1 of 2" in said) != ("is of another plan" in said)
        assert best.exists() == ("going on" in said)
        return "going on" in said

    _train(options, plan_of(options, [1, 2], few))
    assert goes_on([1, 2])
    assert not goes_on([1, 3])
    few[0].path.write_bytes(b"a picture of another length")
    assert not goes_on([1, 3])


def test_pairs_are_repeatable_and_differ_in_their_halves() -> None:
    pixels = np.stack([_image(i) for i in range(PAIRS)])
    pairs = make_pairs(pixels, np.arange(PAIRS), 0, 1, 0, 64)
    assert pairs.shape == (2 * PAIRS, 64, 64) and pairs.dtype == np.uint8
    assert np.array_equal(pairs, make_pairs(pixels, np.arange(PAIRS), 0, 1, 0, 64))
    differ = (pairs[:PAIRS] != pairs[PAIRS:]).any(axis=(1, 2)).mean()
    assert 0.7 < differ <= 1  # some are shown twice as they are


def test_training_rounds_what_the_quantised_file_rounds(exported: Path, tmp_path: Path) -> None:
    plain = fold_batch_norm(ChestClassifier())
    rounding = copy.deepcopy(plain)
    round_as_shipped(rounding)
    quantise(exported, tmp_path / "int8.onnx", np.stack([_image(i) for i in range(4)]))
    file = onnx.load(tmp_path / "int8.onnx")
    weights = {name.removesuffix(".parametrizations.weight.original") for name in rounding.state_dict() if "parametrizations" in name}
    assert {"/" + name.removeprefix("base.").replace(".", "/").replace("_blocks/", "_blocks.") + "/Conv" for name in weights} == set(_zero_points(file))
    activations = [name for name, _ in rounding.named_modules() if name.endswith((".rounded_input", ".rounded_output"))]
    values = {item.name for item in file.graph.initializer}
    assert len(activations) == len([node for node in file.graph.node if node.op_type == "QuantizeLinear" and node.input[0] not in values])
    images = to_input(torch.from_numpy(np.stack([_image(i, 64) for i in range(4)])))
    with torch.no_grad():
        expected, got = (network(images)[1].numpy().ravel() for network in (plain, rounding))
        assert len(torch.unique(rounding.base._conv_head.weight[0])) <= 255
    assert not np.array_equal(expected, got) and np.corrcoef(expected, got)[0, 1] > 0.9
    state = plain_weights(rounding.state_dict())
    assert state.keys() == plain.state_dict().keys()
    assert all(torch.equal(state[name], value) for name, value in plain.state_dict().items())


def test_equalised_channels_change_no_answer_and_are_as_wide_as_each_other() -> None:
    model = fold_batch_norm(ChestClassifier())
    before = copy.deepcopy(model.state_dict())
    pixels = np.stack([_image(i, 64) for i in range(6)])
    even = equalised(model, pixels, batch=4)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    images = to_input(torch.from_numpy(pixels))

    def widths(network: ChestClassifier) -> torch.Tensor:
        """Of the channels that the convolution before the heads takes, which one block alone makes."""
        seen: list[torch.Tensor] = []
        hook = network.base._conv_head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        network(images)
        hook.remove()
        return seen[0].abs().amax(dim=(0, 2, 3))

    with torch.no_grad():
        for expected, got in zip(model(images), even(images)):
            assert torch.allclose(expected, got, atol=1e-4)
        uneven, evened = widths(model), widths(even)
    assert uneven.max() > 2 * uneven.min()
    assert torch.allclose(evened, uneven.max() * (uneven / uneven.max() / LEAST_FACTOR).clamp(max=1), rtol=1e-3)


def test_steadying_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("steady.QUICK", ("clean",))
    model = ChestClassifier().eval()
    count = 2 * PAIRS
    pixels, labels = np.stack([_image(i, 64) for i in range(count)]), np.array([0, 1] * PAIRS)
    at = list(range(count))

    def run(file: str, seed: int = 3) -> dict[str, torch.Tensor]:
        return steady(model, plan_of_steady(model, 2, 32, seed, "images"), tmp_path / file, pixels, labels, at[: PAIRS + 8], at[PAIRS + 8 :]).state_dict()

    whole = run("whole.pt")
    calls = 0

    def broken_off(*given: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return losses_of(*given)

    with monkeypatch.context() as interrupted:
        interrupted.setattr("steady.losses_of", broken_off)
        with pytest.raises(KeyboardInterrupt):
            run("state.pt")
    capsys.readouterr()
    resumed = run("state.pt")
    assert "going on from epoch 1 of 2" in capsys.readouterr().out
    assert all(torch.allclose(resumed[name], value, atol=1e-6) for name, value in whole.items())
    shown = np.random.default_rng(3).choice(at[: PAIRS + 8], PAIRS + 8, replace=False)
    start = equalised(fold_batch_norm(model), at_size(pixels[np.sort(shown)], 32)).state_dict()
    learned = {name for name, value in whole.items() if not torch.equal(value, start[name])}
    frozen = {name for name in whole if name.startswith(("base._conv_stem.", "base._blocks.0."))}
    assert learned == whole.keys() - frozen  # weights and what batch norms were folded into
    run("state.pt", seed=4)
    assert "of another plan" in capsys.readouterr().out


@pytest.fixture(scope="module")
def release() -> dict:
    if not (RELEASE / "release.json").exists():
        pytest.skip("no release has been written yet")
    return json.loads((RELEASE / "release.json").read_text())


def test_shipped_file_is_the_one_that_release_json_names(release: dict) -> None:
    raw = (RELEASE / release["model"]["file"]).read_bytes()
    assert len(raw) == release["model"]["bytes"] <= 20_000_000
    assert hashlib.sha256(raw).hexdigest() == release["model"]["sha256"]
    channels = release["input"]["channels"]
    assert release["preprocessing"]["mean"] == list(MEAN)[:channels] and release["preprocessing"]["std"] == list(STD)[:channels]


def test_shipped_model_answers_nearly_as_the_network_with_its_weights(release: dict) -> None:
    path = RELEASE / release["model"]["file"]
    pixels = np.stack([_image(i) for i in range(12)])
    with torch.no_grad():
        logits, cam = network_from_onnx(path)(torch.from_numpy(network_input(pixels, 3, release["input"]["width"])))
    got_logits, got_cam = answers(open_session(path), ["logits", "cam"], pixels)
    # what is left is the rounding of the activations
    assert np.abs(logits.numpy() - got_logits).max() < 0.5
    assert np.corrcoef(cam.numpy().ravel(), got_cam.ravel())[0, 1] > 0.98


def test_shipped_logits_are_the_mean_of_the_map_plus_a_bias(release: dict) -> None:
    session = open_session(RELEASE / release["model"]["file"])
    logits, cam = answers(session, ["logits", "cam"], [_image(i) for i in range(4)])
    bias = logits - cam.mean(axis=(2, 3))
    assert cam.shape[:2] == (4, 2) and np.abs(bias - bias[0]).max() < PARITY


def test_shipped_model_does_not_depend_on_the_batch(release: dict) -> None:
    session = open_session(RELEASE / release["model"]["file"])
    pixels = np.stack([_image(i) for i in range(5)])
    one_by_one = np.concatenate([infer(session, pixels[i : i + 1]) for i in range(5)])
    assert np.abs(one_by_one - infer(session, pixels)).max() < PARITY
