"""Tests of the parts that a mistake would spoil silently; no image of the data set is needed."""
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnx.reference
import pytest
import torch

from generator import prepare
from generator.appearance import fit_appearance, shrunk
from generator.card import generator_card
from generator.evidence import decisions, looks, nearest
from generator.export import Generator, draw, halve_weights, write_release
from generator.flow import FINDINGS, Flow, flow_loss, sample, train_flow
from generator.refiner import Judge, Perception, Refiner
from generator.train import random_window, unlike
from session import open_session


def blobs(count: int, seed: int = 0) -> np.ndarray:
    """Smooth random pictures, uint8 [count, 224, 224]."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, size=(count, 7, 7)).astype(np.uint8)
    return np.stack([cv2.resize(image, (224, 224), interpolation=cv2.INTER_CUBIC) for image in coarse])


def test_letters_at_the_edge_are_painted_over_and_bones_in_the_middle_stay():
    image = np.full((224, 224), 90, np.uint8)
    cv2.putText(image, "R", (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 250, 2)
    cv2.line(image, (100, 100), (130, 104), 200, 3)
    cleaned = prepare.remove_letters(image)
    assert cleaned[20:45, 5:30].max() < 120
    assert np.array_equal(cleaned[90:110, 95:135], image[90:110, 95:135])


def test_contrast_is_evened_whatever_the_exposure():
    image = blobs(1)[0]
    dark = (image.astype(np.float32) * 0.4 + 20).astype(np.uint8)
    assert np.abs(prepare.even_contrast(image) - prepare.even_contrast(dark)).mean() < 0.01
    assert 0 <= prepare.even_contrast(dark).min() and prepare.even_contrast(dark).max() <= 1


def test_alignment_finds_a_shift_and_undoes_it():
    template = prepare.shrink(blobs(1, seed=3)[0]).astype(np.float32) / 255
    shift = np.array([[1, 0, 3], [0, 1, -2]], np.float32)
    shifted = cv2.warpAffine(template, shift, template.shape, borderMode=cv2.BORDER_REPLICATE)
    found = prepare.align(shifted, template)
    assert found is not None
    assert np.allclose(found, shift, atol=0.3)
    assert np.abs(prepare.warp(shifted, found) - template)[6:-6, 6:-6].mean() < 0.01


def test_alignment_refuses_noise_without_likeness():
    random = np.random.default_rng(0)
    noise = random.random((56, 56)).astype(np.float32)
    far = np.full((56, 56), 0.5, np.float32)
    assert prepare.align(far, noise) is None


def test_nothing_beyond_the_edges_is_counted_as_outside_unless_moved_there():
    identity = np.eye(2, 3, dtype=np.float32)
    assert prepare.outside(identity) < 1e-6
    assert prepare.outside(np.array([[1, 0, 5.6], [0, 1, 0]], np.float32)) == pytest.approx(0.1, abs=0.02)


def test_a_map_found_on_small_pixels_moves_large_ones_as_far():
    image = blobs(1)[0]
    shift = np.array([[1, 0, 2], [0, 1, 0]], np.float32)
    assert np.abs(prepare.warp(image, shift)[:, :200].astype(int) - image[:, 8:208].astype(int)).mean() < 1


def test_coefficients_turn_back_into_the_image_and_have_unit_deviation():
    images = shrunk(blobs(120))
    labels = np.arange(120) % 2
    appearance = fit_appearance(images, labels, components=48)
    coefficients = appearance.coefficients(images)
    assert coefficients.std(0)[:40].numpy() == pytest.approx(np.ones(40), abs=0.05)
    assert (appearance.image(coefficients) - images).abs().mean() < 0.01


def test_an_appearance_of_too_few_images_is_refused():
    images = shrunk(blobs(4))
    with pytest.raises(ValueError, match="too few images"):
        fit_appearance(images, np.array([0, 0, 1, 1]), components=8)
    with pytest.raises(ValueError, match="too few images"):
        fit_appearance(images, np.zeros(4, int), components=2)


def test_the_flow_learns_two_places_and_stays_with_the_finding():
    random = torch.Generator().manual_seed(0)
    finding = torch.arange(400) % 2
    data = 0.1 * torch.randn((400, 2), generator=random) + torch.where(finding[:, None] == 0, -2.0, 2.0)
    flow = train_flow(data[:360], finding[:360], data[360:], finding[360:], steps=800, batch=64, width=64)
    drawn = sample(flow, torch.randn((40, 2), generator=random), torch.arange(40) % 2, steps=8, guidance=0.0)
    right = torch.where(torch.arange(40)[:, None] % 2 == 0, -2.0, 2.0)
    assert (drawn - right).abs().mean() < 0.5


def test_an_untrained_flow_moves_nothing_and_loses_what_lies_between():
    flow = Flow(3, width=32).eval()
    noise = torch.randn(5, 3)
    finding = torch.full((5,), FINDINGS)
    assert torch.equal(sample(flow, noise, finding, steps=3, guidance=1.0), noise)
    assert flow_loss(flow, noise, finding, noise, torch.rand(5)).item() == 0


def test_the_refiner_keeps_the_coarse_image_at_first_and_uses_noise_and_finding():
    torch.manual_seed(0)
    refiner = Refiner().eval()
    coarse = shrunk(blobs(2))
    noise = torch.randn(2, Refiner.NOISE_CHANNELS, 56, 56)
    with torch.no_grad():
        drawn = refiner(coarse, torch.zeros(2), noise)
        assert drawn.shape == (2, 1, 224, 224)
        assert (torch.nn.functional.avg_pool2d(drawn, 4) - coarse).abs().mean() < 0.2
        assert not torch.equal(drawn, refiner(coarse, torch.zeros(2), -noise))
        assert not torch.equal(drawn, refiner(coarse, torch.ones(2), noise))


def test_the_judge_sees_the_features_of_four_scales():
    perception = Perception()
    images = torch.rand(2, 1, 64, 64)
    perception.calibrate(images)
    features = perception(images)
    assert [x.shape[1] for x in features] == list(Perception.CHANNELS)
    assert all(0.3 < float(x.std()) < 3 for x in features)
    assert [x.shape[2] for x in Judge()(features, torch.tensor([0.0, 1.0]))] == [16, 8, 4, 2]
    assert float(unlike(features, features)) == 0


def test_windows_lie_within_the_image():
    image = np.zeros((1, 1, 224, 224))
    for seed in range(20):
        assert image[random_window(np.random.default_rng(seed))].shape == (1, 1, 128, 128)


def test_halved_weights_give_nearly_the_same_and_too_large_ones_are_refused():
    weight = np.random.default_rng(0).standard_normal((32, 32)).astype(np.float32)

    def model(values: np.ndarray) -> onnx.ModelProto:
        info = onnx.helper.make_tensor_value_info
        node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
        graph = onnx.helper.make_graph([node], "g", [info("x", 1, [1, 32])], [info("y", 1, [1, 32])],
                                       [onnx.numpy_helper.from_array(values, "w")])
        return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])

    halved = model(weight)
    halve_weights(halved)
    onnx.checker.check_model(halved)
    assert halved.graph.initializer[0].data_type == onnx.TensorProto.FLOAT16
    x = np.ones((1, 32), np.float32)
    assert onnx.reference.ReferenceEvaluator(halved).run(None, {"x": x})[0] == pytest.approx(x @ weight, abs=0.05)
    with pytest.raises(ValueError, match="16 bits"):
        halve_weights(model(weight * 1e6))


def test_a_release_draws_what_the_network_does(tmp_path):
    torch.manual_seed(0)
    images = blobs(60)
    appearance = fit_appearance(shrunk(images), np.arange(60) % 2, components=16)
    generator = Generator(Flow(16, width=32), appearance, Refiner(), steps=2, guidance=0.5)
    write_release(generator, 0.9, tmp_path, images=60, command="none")
    description = json.loads((tmp_path / "generator.json").read_text())
    assert description["noise"] == {"numbers": 16, "deviation": 0.9}
    made = draw(open_session(tmp_path / description["model"]["file"]), np.zeros((1, 16), np.float32),
                np.zeros(1, np.int64), np.zeros((1, 6, 56, 56), np.float32))
    assert made.shape == (1, 1, 224, 224) and 0 <= made.min() and made.max() <= 1


def test_the_nearest_neighbour_is_found_and_not_in_ones_own_group():
    rows = looks(blobs(6))
    copy = rows + 1e-4
    distance, which = nearest(copy, rows)
    assert which.tolist() == list(range(6)) and distance.max() < 0.01
    apart, other = nearest(rows, rows, np.arange(6), np.arange(6))
    assert (other != np.arange(6)).all() and apart.min() > 0.1


def test_looks_do_not_depend_on_exposure():
    images = blobs(2)
    darker = (images * 0.5 + 10).astype(np.uint8)
    assert nearest(looks(darker), looks(images))[0].max() < 0.01


def test_the_shipped_card_and_evidence_belong_to_the_shipped_weights():
    folder = Path(__file__).parents[3] / "packages/local/generator"
    description, report = (json.loads((folder / name).read_text()) for name in ("generator.json", "evidence.json"))
    digest = hashlib.sha256((folder / description["model"]["file"]).read_bytes()).hexdigest()
    assert digest == description["model"]["sha256"] == report["generator"]["sha256"]
    assert (folder / "GENERATOR_CARD.md").read_text() == generator_card(description, report)


def test_decisions_are_shares():
    shares = decisions(np.array([0.1, 0.4, 0.9, 0.95]), {"review": 0.375, "suspected": 0.875})
    assert shares == {"normal": 0.25, "review": 0.25, "pneumonia-suspected": 0.5}
