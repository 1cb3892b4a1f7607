"""The audit of an editor of faces: faces show their attributes, and the report sets both truths beside dofx."""

from __future__ import annotations

import audit
import avatars
import numpy as np
import pytest


def test_only_what_is_edited_changes_in_the_true_edit() -> None:
    crowd = audit.people(40, seed=3)
    same, other = crowd.of_sex(crowd.attributes[:, 0]), crowd.of_sex(1 - crowd.attributes[:, 0])
    np.testing.assert_array_equal(same.images, crowd.images)
    np.testing.assert_array_equal(other.attributes[:, 1:], crowd.attributes[:, 1:])
    changed = np.abs(other.images - crowd.images).max(1) > 0.05
    assert changed.any((1, 2)).all()
    assert changed.mean() < 0.6


def test_every_attribute_shows() -> None:
    plain = np.zeros((5, 4), int)
    plain[1:] = np.eye(4, dtype=int)
    images = avatars.faces(plain, np.zeros(5, int), np.zeros(5, int), seed=0)
    assert images.shape == (5, 3, avatars.SIZE, avatars.SIZE)
    assert images.min() >= 0
    assert images.max() <= 1
    sheet = avatars._sheet()
    base = sheet[0, 0, 0, 0, 0, 0]
    for place in range(4):
        cell = tuple(int(i == place) for i in range(4))
        assert np.abs(sheet[(*cell, 0, 0)] - base).max() > 0.2


def test_women_are_young_and_men_old_in_the_crowd() -> None:
    crowd = audit.people(20_000, seed=0)
    male, young = crowd.attributes[:, 0] == 1, crowd.attributes[:, 1]
    assert young[~male].mean() == pytest.approx(audit.YOUNG_IF_MALE[0], abs=0.02)
    assert young[male].mean() == pytest.approx(audit.YOUNG_IF_MALE[1], abs=0.02)


def test_the_small_setting_reports_everyone_and_each_age(capsys: pytest.CaptureFixture[str]) -> None:
    audit.main(["--small"])
    text = capsys.readouterr().out
    assert "| everyone: a perfect editor | 0.000 |" in text
    assert "| the old: a perfect editor | 0.000 | 0.000 |" in text
    assert "| the young: a perfect editor | 0.000 | 1.000 |" in text
    assert text.count("dofx, from the log") == 3
