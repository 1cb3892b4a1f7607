"""The worlds of images, their truths, and the measures, on known cases."""

from __future__ import annotations

import doctest
import importlib

import coloured_digits
import glyphs
import image_measures
import numpy as np
import pytest
import readout
import reporting
import torch
from coloured_digits import HALVES, SHAPE, STATES, Attributes, World
from scipy import ndimage

torch.set_num_threads(1)
SCANS = glyphs.scans()


@pytest.fixture(scope="module")
def world() -> World:
    return World(SCANS, 8)


@pytest.mark.parametrize("name", ["glyphs", "image_measures", "sheets"])
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_a_skeleton_is_thin_and_has_as_many_pieces_as_its_shape() -> None:
    shapes = SCANS.images[:200].repeat_interleave(3, 1).repeat_interleave(3, 2) > 100
    lines = glyphs.skeleton(shapes)
    assert bool((lines <= shapes).all())
    assert int(lines.sum()) < 0.4 * int(shapes.sum())
    ring = np.ones((3, 3))
    for shape, line in zip(shapes.numpy(), lines.numpy(), strict=True):
        assert ndimage.label(shape, ring)[1] == ndimage.label(line, ring)[1]


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, regular, thick = glyphs.redrawn(SCANS.images[:100], 8).float().sum((2, 3))
    assert bool((thin < regular).all())
    assert bool((regular < thick).all())


def test_what_is_not_idx_is_refused() -> None:
    with pytest.raises(ValueError, match="IDX"):
        glyphs.idx(b"\x89PNG....")


def test_the_truths_are_those_of_a_long_simulation() -> None:
    """The enumeration against the structural equations, on what the images show rather than on pixels."""
    rows = 400_000
    x = Attributes(torch.full((rows,), 3), torch.full((rows,), 1), torch.full((rows,), 2))
    source = torch.Generator().manual_seed(0)
    colour = torch.randint(SHAPE[1], (rows,), generator=source)
    cells = coloured_digits._outcome(x, colour, source).cell
    found = image_measures.frequencies(cells, int(np.prod(SHAPE)))
    assert reporting.total_variation(found, coloured_digits.truth()[3, 1, 2].ravel()) < 0.01


def test_seeing_is_not_setting() -> None:
    truth, seen = coloured_digits.truth(), coloured_digits.seen()
    np.testing.assert_allclose(truth.sum((3, 4, 5)), 1)
    np.testing.assert_allclose(seen.sum((3, 4, 5)), 1)
    distances = np.abs(truth - seen).sum((3, 4, 5)) / 2
    np.testing.assert_allclose(distances, distances[0, 0, 0])
    assert distances[0, 0, 0] == pytest.approx(0.405)
    np.testing.assert_allclose(seen.sum(4), truth.sum(4), err_msg="only the colour is confounded")


def test_the_truth_is_the_answer_of_the_estimand() -> None:
    """ID's formula on the joint of all attributes, where w1 stands for what its image shows."""
    import dofx

    even = [np.full(states, 1 / states) for states in SHAPE]
    channels = (coloured_digits.DIGIT, coloured_digits.HALF_OF_COLOUR, coloured_digits.THICKNESS)
    small = np.einsum(
        "c,t,ch,tT,cj,Tk->cthTjk",
        even[1],
        even[2],
        channels[1],
        channels[2],
        coloured_digits.COLOUR,
        channels[2],
    )
    joint = small.reshape(18, 2, 3, 18)
    whole = np.zeros((18, 2, 6, 18))
    for half in range(HALVES):
        whole[:, half, 3 * half : 3 * half + 3] = joint[:, half]
    table = dofx.Table(["w1", "w2", "x", "y"], whole)
    estimand = dofx.identify("P(y | do(x))", dofx.graph(coloured_digits.GRAPH)).estimand
    found = estimand.evaluate(table).array(["x", "y"])
    truth = coloured_digits.truth().sum(3)[0].reshape(6, 18)
    np.testing.assert_allclose(found, truth, atol=1e-12)


def test_the_reader_reads_what_was_written(world: World) -> None:
    source = torch.Generator().manual_seed(1)
    attributes = Attributes(*(torch.randint(n, (4_000,), generator=source) for n in SHAPE))
    labels = [attributes.digit, attributes.colour, attributes.thickness]
    images = world.y(attributes, world.hands(attributes.digit, source))
    reader = readout.trained(images[:3_000], [label[:3_000] for label in labels], SHAPE, epochs=6)
    digit, colour, thickness = (
        float((read == label[3_000:]).float().mean())
        for read, label in zip(reader.read(images[3_000:]), labels, strict=True)
    )
    assert digit > 0.5
    assert colour > 0.95
    assert thickness > 0.85
    assert int(reader.cells(images).max()) < np.prod(SHAPE)
    assert reader.features(images[:7]).shape == (7, 64)


def test_the_floor_of_total_variation_is_that_of_chance() -> None:
    """For two even states the expected distance of n samples is about 1 / sqrt(2 pi n)."""
    even = np.array([0.5, 0.5])
    assert image_measures.sampling_floor(even, 1_000, 2_000) == pytest.approx(0.0126, abs=1e-3)


def test_distances_of_features_are_small_among_equals_and_grow() -> None:
    source = np.random.default_rng(0)
    real, same = source.normal(size=(2, 2_000, 8))
    other = source.normal(0.5, 2, size=(2_000, 8))
    assert image_measures.frechet(real, same) < 0.05
    assert image_measures.frechet(real, other) == pytest.approx(8 * (0.25 + 1), rel=0.1)
    assert abs(image_measures.kernel_distance(real, same)) < 0.01
    assert image_measures.kernel_distance(real, other) > 0.5


def test_a_scale_is_that_of_the_real_rows() -> None:
    features = torch.randn(500, 3, generator=torch.Generator().manual_seed(0)) * 4 + 2
    scaled = image_measures.Scale.of(features)(features)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(0, ddof=1), 1, atol=1e-6)


def test_a_classifier_tells_others_apart_and_not_equals(world: World) -> None:
    x = Attributes(*(torch.randint(n, (1_200,)) for n in (STATES, HALVES, SHAPE[2])))
    hand = world.hands(x.digit, torch.Generator().manual_seed(2))
    (real, _), (same, _) = world.intervened(x, hand, 0), world.intervened(x, hand, 1)
    assert image_measures.two_sample_accuracy(real, same, epochs=2) == pytest.approx(0.5, abs=0.07)
    assert image_measures.two_sample_accuracy(real, 0.6 * same + 0.2, epochs=2) > 0.9


def test_y_is_x_in_another_colour_and_mirrored_where_asked_for() -> None:
    plain, mirrored = World(SCANS.part(0, 300), 8), World(SCANS.part(0, 300), 8, mirrored=True)
    rows, turned = plain.observed(2_000, 0), mirrored.observed(2_000, 0)
    torch.testing.assert_close(rows["y"].flip(-1), turned["y"])
    ink = [rows[name].amax(1) for name in ("x", "y")]
    assert float((ink[0] == ink[1]).flatten(1).all(1).float().mean()) == pytest.approx(
        0.9 + 0.1 / 3, abs=0.02
    )
    assert len(set(rows["w2"].tolist())) == STATES * HALVES
