# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files of every kind become upright RGB."""

import numpy as np
import pytest
from PIL import Image

from ha2g_engine.errors import InputError
from ha2g_engine.pictures.opening import LARGEST, open_picture

RED, BLUE = (200, 30, 30), (30, 30, 200)


def halves(width=40, height=20):
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = RED, BLUE
    return Image.fromarray(pixels)


def near(pixel, colour, within=40):
    return np.abs(np.asarray(pixel, int) - colour).max() <= within


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "P", "YCbCr"])
def test_every_mode_is_rgb(tmp_path, mode):
    file = tmp_path / ("a.png" if mode in ("RGB", "RGBA", "P") else "a.jpg")
    halves().convert(mode).save(file)
    pixels = open_picture(file)
    assert pixels.shape == (20, 40, 3)
    assert pixels.dtype == np.uint8
    assert near(pixels[10, 5], RED)
    assert near(pixels[10, 35], BLUE)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_is_grey(tmp_path, mode):
    halves().convert(mode).save(tmp_path / "a.png")
    pixels = open_picture(tmp_path / "a.png")
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_sixteen_bits_keep_their_shades(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 64), (16, 1)).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    row = open_picture(tmp_path / "a.png")[8, :, 0].astype(int)
    assert row[0] == 0
    assert row[-1] == 255
    assert np.abs(row - np.linspace(0, 255, 64)).max() < 2


def test_transparency_lies_on_grey(tmp_path):
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert near(open_picture(tmp_path / "a.png")[5, 5], (128, 128, 128), 2)


def test_a_turned_photograph_stands_upright(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was turned: show it a quarter clockwise
    halves().save(tmp_path / "a.jpg", exif=turned)
    pixels = open_picture(tmp_path / "a.jpg")
    assert pixels.shape == (40, 20, 3)
    assert near(pixels[5, 10], RED)
    assert near(pixels[35, 10], BLUE)


@pytest.mark.parametrize("size", [(8, 8), (8000, 40), (8, 300)])
def test_sizes_from_eight_to_eight_thousand(tmp_path, size):
    halves(*size).save(tmp_path / "a.png")
    height, width, _ = open_picture(tmp_path / "a.png").shape
    assert max(height, width) <= LARGEST


def test_a_large_photograph_is_made_smaller(tmp_path):
    halves(8000, 6000).save(tmp_path / "a.jpg", quality=30)
    pixels = open_picture(tmp_path / "a.jpg")
    assert pixels.shape == (1200, 1600, 3)
    assert near(pixels[600, 100], RED)


@pytest.mark.parametrize("size", [(7, 100), (1, 1)])
def test_too_small_is_one_sentence(tmp_path, size):
    halves(*size).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="smaller than 8 pixels"):
        open_picture(tmp_path / "a.png")


def test_what_is_no_picture_is_one_sentence(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    with pytest.raises(InputError, match="not a picture"):
        open_picture(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"missing\.png"):
        open_picture(tmp_path / "missing.png")
