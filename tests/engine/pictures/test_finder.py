# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe itself, where it is; and the sentence where it is not."""

import sys

import numpy as np
import pytest
from PIL import Image
from shared_folder import ROOT

from ha2g_engine.errors import InputError
from ha2g_engine.pictures import finder
from ha2g_engine.pictures.opening import open_picture
from ha2g_engine.pictures.study import study

PEOPLE = ROOT / "tests/fixtures/people"
needs_it = pytest.mark.skipif(not finder.is_set_up(), reason="needs the part Pictures: mediapipe")


def test_without_the_part_it_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(InputError, match="part Pictures"):
        finder.Finder()


def test_the_models_are_shipped_whole():
    import zipfile

    for name in ("pose", "hand"):
        with zipfile.ZipFile(finder.MODELS / f"{name}.task") as file:
            assert file.testzip() is None
            assert len(file.namelist()) == 2


@needs_it
def test_somebody_who_stands_there_is_seen_whole():
    seen = study([PEOPLE / "standing.jpg"]).seen[0]
    assert seen.told()["people"] == 1
    assert {"face", "shoulders", "left arm", "right arm"} <= set(seen.told()["parts"])
    assert seen.rests(0)
    assert seen.rests(1)


@needs_it
def test_a_portrait_has_no_arms():
    told = study([PEOPLE / "astronaut.jpg"]).seen[0].told()
    assert told["people"] == 1
    assert "face" in told["parts"]
    assert "left arm" not in told["parts"]


@needs_it
def test_two_people_are_counted_and_the_larger_is_taken(tmp_path):
    large, small = Image.open(PEOPLE / "talking.jpg"), Image.open(PEOPLE / "standing.jpg")
    both = Image.new("RGB", (600, 480), (120, 160, 90))
    both.paste(large, (0, 0))
    both.paste(small.resize((180, 240)), (400, 150))
    both.save(tmp_path / "both.png")
    with finder.Finder() as find:
        found = find.find(open_picture(tmp_path / "both.png"))
    assert found.people == 2
    assert found.points[0, 0] < 360


@needs_it
def test_somebody_small_in_a_wide_picture_is_found_where_they_are(tmp_path):
    wide = Image.new("RGB", (1600, 400), (120, 160, 90))
    wide.paste(Image.open(PEOPLE / "standing.jpg").resize((240, 320)), (1200, 60))
    wide.save(tmp_path / "wide.png")
    with finder.Finder() as find:
        found = find.find(open_picture(tmp_path / "wide.png"))
    assert found is not None
    assert found.size.tolist() == [1600, 400]
    assert 1200 < found.points[0, 0] < 1440


@needs_it
@pytest.mark.parametrize("size", [(8, 8), (300, 9), (640, 480)])
def test_nobody_is_nobody(tmp_path, size):
    noise = np.random.default_rng(0).integers(0, 255, (*size[::-1], 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    found = study([tmp_path / "noise.png"])
    assert not found.found
    assert found.seen[0].told() == {"people": 0, "parts": [], "lines": []}


@needs_it
def test_a_film_is_followed_frame_by_frame():
    frame = open_picture(PEOPLE / "talking.jpg")
    found = list(finder.follow([frame] * 3 + [np.zeros_like(frame)] * 2, 15.0))
    assert len(found) == 5
    assert found[0] is not None
    assert np.abs(found[1].points - found[0].points).max() < 20
    assert found[4] is None
