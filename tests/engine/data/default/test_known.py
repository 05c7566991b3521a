"""Which gestures are learned, and which are kept for the test."""

import numpy as np
import pytest

from ha2g_engine.data.default import known, people
from ha2g_engine.data.default.repertoire import SPEAKERS
from ha2g_engine.data.gestures import library as gestures


@pytest.fixture(scope="module")
def library():
    return gestures.load()


def test_no_performance_is_both_learned_and_kept_for_the_test(library):
    learned, kept = (known.repertoire(library, test=test) for test in (False, True))
    takes = [
        {library.named(fact.way.name).take for fact in found.facts} for found in (learned, kept)
    ]
    assert not takes[0] & takes[1]
    assert len(takes[0]) > 5 * len(takes[1]) > 100
    assert len({shape for fact in learned.facts for shape in fact.shapes}) >= 12


def test_codes_are_the_librarys(library):
    found = known.repertoire(library)
    for fact in found.facts[::200]:
        way = fact.way
        code = library.code(library.named(way.name), way.hand, mirror=way.mirror)
        np.testing.assert_allclose(found.code(way), code[:14], atol=5e-3)


def test_speakers_differ_in_style_and_hands():
    everybody = [people.person(speaker) for speaker in SPEAKERS]
    styles = np.stack([person.style for person in everybody])
    np.testing.assert_allclose(styles.sum(axis=1), 1, atol=1e-5)
    assert np.abs(styles[:, None] - styles).max() > 0.2
    assert {person.leading for person in everybody} == {0.4, 1.0, -1.0}


def test_a_performance_is_in_ones_own_style_or_in_any():
    person = people.person(SPEAKERS[0])
    random = np.random.default_rng(0)
    drawn = np.stack([people.performed_style(person, random) for _ in range(400)])
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-5)
    own = (drawn == person.style).all(axis=(1, 2)).mean()
    assert own == pytest.approx(people.OWN, abs=0.07)
    assert (drawn.max(axis=1) > 0.95).mean() > people.PURE
