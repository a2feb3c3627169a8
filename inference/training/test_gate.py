"""Tests of the input gate's code. Run with ``pytest`` in this folder; no data set and no Debian package needed."""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

import gate
import gate_data
from card import GATE_HEADING, GATELESS_LIMIT, with_gate
from data import SIZE
from export import export_onnx
from network import ChestClassifier
from session import answers, open_session


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export_onnx(ChestClassifier(pretrained=False), path)
    return onnx.load(path)


def _head(channels: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [(rng.normal(0, 0.1, (gate.HIDDEN, channels)), rng.normal(0, 0.1, gate.HIDDEN)),
            (rng.normal(0, 0.1, (len(gate.CLASSES), gate.HIDDEN)), rng.normal(0, 0.1, len(gate.CLASSES)))]


def _pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, SIZE, SIZE), dtype=np.uint8)


def test_a_gate_is_one_more_output_and_changes_no_other(exported: onnx.ModelProto) -> None:
    head = _head(gate.feature_map_of(exported)[1])
    gated = gate.with_head(exported, head)
    before = answers(open_session(exported.SerializeToString(), 1), ["logits", "cam"], _pictures(3))
    logits, cam, said = answers(open_session(gated.SerializeToString(), 1), ["logits", "cam", "gate"], _pictures(3))
    assert np.array_equal(before[0], logits) and np.array_equal(before[1], cam)
    features, = answers(open_session(gate.with_features(exported), 1), ["features"], _pictures(3))
    assert np.abs(gate.apply_head(head, features) - said).max() < 1e-4


def test_a_gate_is_replaced_and_taken_out_without_a_trace(exported: onnx.ModelProto) -> None:
    channels = gate.feature_map_of(exported)[1]
    twice = gate.with_head(gate.with_head(exported, _head(channels, 1)), _head(channels, 2))
    assert twice.SerializeToString() == gate.with_head(exported, _head(channels, 2)).SerializeToString()
    assert gate.without_gate(twice).SerializeToString() == exported.SerializeToString()


def test_a_network_without_maps_cannot_have_a_gate(exported: onnx.ModelProto) -> None:
    mapless = onnx.ModelProto()
    mapless.CopyFrom(exported)
    for node in mapless.graph.node:
        if "cam" in node.output:
            node.op_type = "ConvInteger"
    with pytest.raises(ValueError, match="output cam"):
        gate.feature_map_of(mapless)


def test_a_head_learns_classes_that_can_be_told_apart_and_is_repeatable() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(gate.CLASSES)), 60)
    centres = rng.normal(0, 2, (len(gate.CLASSES), 20))
    features = (centres[labels] + rng.normal(0, 0.5, (len(labels), 20))).astype(np.float32)
    head = gate.fit_head(features, labels)
    assert (gate.apply_head(head, features).argmax(axis=1) == labels).mean() > 0.99
    again = gate.fit_head(features, labels)
    assert all(np.array_equal(a, b) for ours, theirs in zip(head, again) for a, b in zip(ours, theirs))


def test_pictures_are_turned_clockwise() -> None:
    image = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    assert gate.turned(image, 90).tolist() == [[3, 1], [4, 2]]
    assert gate.turned(image, 180).tolist() == [[4, 3], [2, 1]]
    assert gate.turned(image, 270).tolist() == [[2, 4], [1, 3]]


def test_chest_views_are_of_their_class_and_repeatable() -> None:
    images = _pictures(3)
    copies = {"chest": 1, "inverted": 1, "rotated": 3}
    first = list(gate.chest_views(images, 1, copies))
    assert [gate.CLASSES[label] for label, _ in first[:5]] == ["chest", "inverted", "rotated-90", "rotated-180", "rotated-270"]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(first, gate.chest_views(images, 1, copies)))


def test_the_threshold_is_the_lowest_that_keeps_the_alarms_rare_on_all_and_on_each_copy() -> None:
    quiet, noisy = np.zeros(1000), np.zeros(1000)
    noisy[:5] = 0.7
    grid = np.array([0.5, 0.6, 0.7, 0.8])
    assert gate.threshold({"quiet": quiet, "noisy": noisy}, grid, most=0.01, most_on_one=0.01) == 0.5
    assert gate.threshold({"quiet": quiet, "noisy": noisy}, grid, most=0.01, most_on_one=0.004) == 0.8
    assert gate.threshold({"quiet": quiet, "noisy": noisy}, grid, most=0.002, most_on_one=0.01) == 0.8
    with pytest.raises(ValueError, match="no threshold"):
        gate.threshold({"noisy": noisy + 1}, grid)


def test_verdicts_ask_of_the_three_turns_together() -> None:
    points = {"notChest": 0.9, "inverted": 0.6, "rotated": 0.6}
    p = np.array([[0.35, 0, 0.35, 0.3, 0, 0], [0.11, 0, 0, 0, 0, 0.89], [0.09, 0, 0, 0, 0, 0.91], [0.39, 0.61, 0, 0, 0, 0]])
    assert [gate.CLASSES[i] for i in gate.verdicts(p, points)] == ["rotated-90", "chest", "not-chest", "inverted"]


def test_what_is_inverted_and_turned_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that knows a bright upper half as upright, a dark picture as inverted, and grey as nothing."""

    def said(_session: object, _outputs: list[str], images: np.ndarray) -> list[np.ndarray]:
        rows = []
        for image in images:
            top, bottom = image[: SIZE // 2].mean(), image[SIZE // 2 :].mean()
            label = "inverted" if image.mean() < 100 else "not-chest" if top == bottom else "chest" if top > bottom else "rotated-180"
            rows.append([9.0 if name == label else 0.0 for name in gate.CLASSES])
        return [np.array(rows)]

    monkeypatch.setattr(gate, "answers", said)
    upright = np.full((SIZE, SIZE), 140, dtype=np.uint8)
    upright[: SIZE // 2] = 255
    grey = np.full((SIZE, SIZE), 128, dtype=np.uint8)
    images = np.stack([upright, 255 - upright, gate.turned(upright, 180), 255 - gate.turned(upright, 180), grey, np.full_like(grey, 50)])
    got = gate.outcomes(None, images, {"notChest": 0.5, "inverted": 0.5, "rotated": 0.5})  # type: ignore[arg-type]
    assert [gate.CLASSES[i] for i in got] == ["chest", "inverted", "rotated-180", "rotated-180", "not-chest", "not-chest"]


def test_exposure_counts_inside_the_border_only() -> None:
    image = np.full((20, 20), 255, dtype=np.uint8)
    image[3:10, 3:17], image[10:17, 3:17] = 249, 0
    image[3, 3] = 250
    white, black = gate.exposure(image[None], 20)
    assert white[0] == pytest.approx(1 / 196) and black[0] == 0.5


def test_exposure_takes_black_bars_for_no_part_of_the_image() -> None:
    def padded(down: int, across: int) -> np.ndarray:
        image = np.arange(3600).reshape(60, 60) % 4
        image[0, 0] = 90
        image[down : 60 - down, across : 60 - across] = 128
        return image.astype(np.uint8)

    images = np.stack([padded(0, 15), padded(12, 0), padded(10, 20), padded(24, 0), np.zeros((60, 60), dtype=np.uint8)])
    white, black = gate.exposure(images, 60)
    assert white.tolist() == [0, 0, 0, 0, 0]
    assert black.tolist() == [0, 0, 0, pytest.approx(2 / 14), 1]


def test_a_gate_that_stops_too_many_real_images_is_refused() -> None:
    few, many = {"value": 0.01}, {"value": 0.0101}
    gate.check_false_alarms({"clean": few, "all copies": few})
    for rates in ({"clean": many, "all copies": few}, {"clean": few, "all copies": many}):
        with pytest.raises(ValueError, match="1.01% false alarms"):
            gate.check_false_alarms(rates)


def test_a_rate_has_an_interval_even_when_nothing_happened() -> None:
    assert gate.rate(np.zeros(695, dtype=bool)) == {"value": 0.0, "low": 0.0, "high": 0.0055, "images": 695}
    assert gate.rate(np.array([True, False] * 50))["low"] == pytest.approx(0.4038, abs=1e-3)


@pytest.mark.parametrize("picture", [gate_data._hershey_page, gate_data._chart, gate_data._power_noise, gate_data._gradient, gate_data._shapes,
                                     gate_data._limb, gate_data._typeset_page, gate_data._screen, gate_data._other_noise, gate_data._radial])
def test_drawn_pictures_are_repeatable_and_differ(picture: gate_data.Picture) -> None:
    first = list(gate_data.draw(picture, (1,), 4))
    assert all(image.shape == (SIZE, SIZE) and image.dtype == np.uint8 for image in first)
    assert all(np.array_equal(a, b) for a, b in zip(first, gate_data.draw(picture, (1,), 4)))
    assert not np.array_equal(first[0], first[1])


def test_a_missing_source_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(gate_data.MissingSource, match="opencv-doc is missing: run `python gate_data.py --debian"):
        gate_data.families(tmp_path)


def test_pictures_below_a_folder_leave_icons_and_broken_files_out(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "b.png"), _pictures(1)[0])
    cv2.imwrite(str(tmp_path / "icon.png"), _pictures(1)[0][:32, :32])
    cv2.imwrite(str(tmp_path / "uniform.png"), np.full((200, 200), 7, dtype=np.uint8))
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert [image.shape for image in gate_data._images_below(tmp_path)] == [(SIZE, SIZE)]


def test_the_card_gets_one_section_on_the_gate_in_place_of_the_limit() -> None:
    card = f"# Model card\n\nWords.\n\n## Limits\n\n- One hospital.\n{GATELESS_LIMIT} below 64 x 64 pixels.\n\n## Reproduce\n"
    row = {"value": 0.001, "low": 0.0, "high": 0.01, "images": 695}
    release = {"gate": {"minWidth": 64, "minHeight": 64, "minStd": 0.02, "exposure": {"maxWhite": 0.4, "maxBlack": 0.3},
                        "network": {"thresholds": {"notChest": 0.9, "inverted": 0.8, "rotated": 0.7}}},
               "metrics": {"gate": {"falseAlarms": {"clean": row}, "detection": {"photograph": row}}}}
    once = with_gate(card, release)
    assert once.count(GATE_HEADING) == 1 and GATELESS_LIMIT not in once and "- One hospital." in once
    assert "| clean | 0.001 (0.000–0.010) | 695 |" in once
    assert with_gate(once, release) == once
