"""The default data set, small: what is written of each performance belongs together."""

import shutil

import numpy as np
import pytest
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.default import build, known, people
from ha2g_engine.data.default.postures import SITTERS
from ha2g_engine.data.default.repertoire import SPEAKERS
from ha2g_engine.data.gestures import library as gestures
from ha2g_engine.data.store import Store
from ha2g_engine.gestures.plan import NUMBERS
from ha2g_engine.gestures.repertoire import CODE

SPEAKER = SPEAKERS[1]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PORTRAITS", 2)
        patch.setattr(build, "TAKE_SECONDS", 12.0)
        patch.setattr(build, "installed", lambda: {"espeak-ng": None})
        folder = tmp_path_factory.mktemp("built") / "data"
        build.build(folder, GESTURES, minutes=1, seed=3, speakers=[SPEAKER], workers=1)
    return Store(folder)


@needs_gestures
def test_every_frame_has_its_code_and_every_take_its_style(data):
    assert data.codes.shape == (len(data.directions), NUMBERS)
    assert data.index["codes"] == NUMBERS
    for clip in data.clips:
        np.testing.assert_allclose(np.sum(clip.style, axis=0), 1, atol=1e-3)
    (speaker,) = data.speakers
    np.testing.assert_allclose(speaker.style, people.person(SPEAKER).style, atol=1e-6)
    assert speaker.hands == people.HANDS[SPEAKER.hand]


@needs_gestures
def test_who_is_only_pictured_is_like_a_speaker(data):
    """The one speaker here stands for nobody's but their own kind's hands."""
    expected = [sitter.home for sitter in SITTERS if sitter.like == SPEAKER]
    assert [sitter.home for sitter in data.sitters] == expected
    assert expected
    for sitter in data.sitters:
        assert sitter.like == 0
        assert sitter.portraits[1] - sitter.portraits[0] == 2  # as the fixture says
    assert data.sitters[-1].portraits[1] == len(data.portraits)


@needs_gestures
def test_z_tells_of_gestures_that_belong_to_the_split(data):
    library = gestures.load()
    learned, kept = (known.repertoire(library, test=test) for test in (False, True))
    assert data.gestures.facts == learned.facts
    for clip in data.clips:
        codes = np.unique(data.codes[slice(*clip.motion), :CODE], axis=0)
        codes = codes[np.abs(codes).sum(axis=1) > 0]
        wanted = (kept if clip.split == "test" else learned).codes.astype(np.float16)
        assert all((wanted == code).all(axis=1).any() for code in codes)
        if clip.split == "train" and not clip.name.endswith("none"):
            assert len(codes) > 2


@needs_gestures
def test_hands_are_quick_where_z_says_that_they_rise(data):
    for clip in (c for c in data.clips if c.split == "train" and np.mean(c.style[2]) > 0.2):
        rows = slice(*clip.motion)
        speed = wrist_speed(np.asarray(data.directions[rows], np.float32)).max(axis=1)
        raised = np.asarray(data.codes[rows, CODE + 2], np.float32)
        rising = np.diff(raised, prepend=raised[0]) > 0.1
        if rising.sum() > 10:
            assert speed[rising].mean() > 1.5 * speed[~rising].mean()
