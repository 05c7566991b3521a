# SPDX-License-Identifier: GPL-3.0-or-later
"""A decoded picture is prepared as Pillow prepares it."""

import json
import sys

import numpy as np
import pytest
from PIL import Image, ImageOps

from ha2g_engine import decoder, image
from ha2g_engine.errors import InputError
from ha2g_engine.light import pictures


@pytest.mark.parametrize("size", [(300, 200), (224, 224), (100, 60), (640, 480), (1601, 1200)])
def test_fit_is_pillows(size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 4), np.uint8)
    picture = Image.fromarray(pixels)
    grey = Image.new("RGBA", size, (128, 128, 128, 255))
    flat = Image.alpha_composite(grey, picture).convert("RGB")
    expected = np.asarray(ImageOps.fit(flat, (224, 224)))
    np.testing.assert_array_equal(pictures.fit(np.asarray(flat), 224), expected)
    np.testing.assert_array_equal(pictures.prepared(pixels), image.prepare(picture))


def test_a_photograph_in_portrait_format(jfk):
    """Pillow 13 filters tall pictures down first, then across, and rounds in between."""
    with Image.open(jfk.with_name("speaker.jpg")) as picture:
        tall = picture.convert("RGBA").resize((301, 500))
    expected = image.prepare(tall) * image.SPREAD[:, None, None] * 255
    found = pictures.prepared(np.asarray(tall)) * image.SPREAD[:, None, None] * 255
    assert np.abs(found - expected).max() < 2.5
    assert np.abs(found - expected).mean() < 0.3


def test_another_program_decodes_where_pillow_is_not(jfk, monkeypatch, tmp_path):
    face, reader = (
        jfk.with_name("speaker.jpg"),
        (
            "import sys, numpy; from PIL import Image;"
            "numpy.save(sys.argv[2], numpy.asarray(Image.open(sys.argv[1]).convert('RGBA')))"
        ),
    )
    monkeypatch.setattr(pictures, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"speaker\.jpg.*not a picture"):
        pictures.load_references([face])
    monkeypatch.setenv(decoder.COMMAND, json.dumps([sys.executable, "-c", reader]))
    found = pictures.load_references([face])
    np.testing.assert_allclose(found, image.load_references([face]), atol=0.05)
    with pytest.raises(InputError, match=r"none\.png.*not there"):
        pictures.load_references([tmp_path / "none.png"])
    called = tmp_path / "called.png"
    with Image.open(face) as picture:
        picture.save(called, "GIF")
    with pytest.raises(InputError, match=r"called\.png.*not a picture"):
        pictures.load_references([called])
