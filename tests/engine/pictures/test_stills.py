# SPDX-License-Identifier: GPL-3.0-or-later
"""A film in place of pictures, and what the shell takes of either."""

import sys
from importlib.util import find_spec

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from ha2g_engine.errors import InputError
from ha2g_engine.pictures.stills import pictures_of

needs_it = pytest.mark.skipif(not find_spec("cv2"), reason="needs the part Pictures: OpenCV")


@pytest.fixture
def film(tmp_path):
    """Two seconds, ever brighter."""
    path = tmp_path / "talk.mp4"
    writer = imageio_ffmpeg.write_frames(str(path), (64, 48), fps=10, ffmpeg_log_level="error")
    writer.send(None)
    for shade in range(0, 200, 10):
        writer.send(np.full((48, 64, 3), shade, np.uint8).tobytes())
    writer.close()
    return path


@needs_it
def test_a_films_first_frames_lie_beside_the_result(tmp_path, film):
    picture = tmp_path / "a.png"
    found = pictures_of([picture, film], tmp_path / "motion.npz")
    names = [path.name for path in found]
    assert names == ["a.png", *(f"motion_talk_{number}.png" for number in (1, 2, 3, 4))]
    shades = [np.asarray(Image.open(path)).mean() for path in found[1:]]
    assert np.abs(np.array(shades) - [0, 50, 100, 150]).max() < 12


@needs_it
def test_what_is_no_film_is_one_sentence(tmp_path):
    (tmp_path / "talk.mp4").write_bytes(b"no film at all")
    with pytest.raises(InputError, match=r"talk\.mp4' is not a film"):
        pictures_of([tmp_path / "talk.mp4"], tmp_path / "motion.npz")
    with pytest.raises(InputError, match=r"none\.mp4"):
        pictures_of([tmp_path / "none.mp4"], tmp_path / "motion.npz")


def test_without_the_part_it_is_one_sentence(tmp_path, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InputError, match="part Pictures"):
        pictures_of([film], tmp_path / "motion.npz")
    assert pictures_of([tmp_path / "a.png"], tmp_path / "motion.npz") == [tmp_path / "a.png"]
