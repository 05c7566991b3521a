# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference pictures: the formats with a name, bounded before they are decoded."""

import io
import os
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from ha2g_engine import image
from ha2g_engine.errors import InputError

EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    b"%%BeginPreview: 0 0 0 0\n%%EndPreview\nshowpage\n%%EOF\n"
)
GROWTH = """
import resource, sys
from ha2g_engine import image
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
image.load_reference(sys.argv[1])
print(peak() - before)
"""


def noise(size, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_the_formats_with_a_name_are_read_whatever_they_are_called(tmp_path, kind):
    path = tmp_path / "picture"
    noise((30, 40)).save(path, kind)
    assert np.isfinite(image.load_reference(path)).all()


@pytest.mark.parametrize("kind", ["GIF", "PPM", "ICO", "TGA", "PCX", "PDF", "JPEG2000", "SGI"])
def test_others_are_refused_whatever_they_are_called(tmp_path, kind):
    path = tmp_path / "picture.jpg"
    noise((32, 32)).save(path, kind)
    with pytest.raises(InputError, match="choose a png or jpg file"):
        image.load_reference(path)


def test_a_postscript_called_jpg_runs_no_program(tmp_path):
    """Pillow gives EPS to Ghostscript, whatever the file is called."""
    proof, tool, picture = tmp_path / "proof", tmp_path / "gs", tmp_path / "a.jpg"
    tool.write_text(f"#!/bin/sh\ntouch {proof}\n")
    tool.chmod(0o755)
    picture.write_bytes(EPS)
    script = "import sys; from ha2g_engine import image; image.load_reference(sys.argv[1])"
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(picture)], env={**os.environ, "PATH": path},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "is not a picture that can be read" in done.stderr
    assert not proof.exists()


def declaring(path, width, height):
    """A small PNG whose header, with a right checksum, declares another size."""
    file = io.BytesIO()
    noise((4, 4)).save(file, "PNG")
    content = file.getvalue()
    head = content[12:16] + struct.pack(">II", width, height) + content[24:29]
    path.write_bytes(content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:])
    return path


@pytest.mark.parametrize("size", [(11_000, 11_000), (20_000, 20_000), (1, 2**31 - 1)])
def test_too_many_pixels_are_refused_by_the_header(tmp_path, size):
    path, began = declaring(tmp_path / "a.png", *size), time.perf_counter()
    with pytest.raises(InputError, match="over 120 million pixels: save it smaller"):
        image.load_reference(path)
    assert time.perf_counter() - began < 1.0


def test_a_large_picture_takes_little_more_than_its_pixels(tmp_path):
    Image.new("RGB", (9000, 9000), (3, 4, 5)).save(tmp_path / "a.png")  # 324 MB as Pillow has it
    command = [sys.executable, "-c", GROWTH, str(tmp_path / "a.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert int(done.stdout) < 450


@pytest.mark.parametrize("turned", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_looks_like_the_same_one_made_smaller(tmp_path, kind, turned):
    large = noise((5, 7)).resize((5600, 4000), Image.Resampling.BICUBIC)
    found = []
    for picture in (large, large.resize((700, 500), Image.Resampling.BOX)):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = turned
        picture.save(tmp_path / "a", kind, exif=exif)
        found.append(image.load_reference(tmp_path / "a"))
    assert np.abs(found[0] - found[1]).mean() < 0.05  # of about 4 from black to white


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_is_read_or_a_sentence(tmp_path, mode):
    plain = noise((30, 30)).convert("L")
    (plain.convert("I") if mode == "I;16" else plain).convert(mode).save(tmp_path / "a", "TIFF")
    try:
        assert np.isfinite(image.load_reference(tmp_path / "a")).all()
    except InputError as error:
        assert "choose a png or jpg file" in str(error)
