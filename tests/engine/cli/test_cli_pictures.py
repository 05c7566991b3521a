# SPDX-License-Identifier: GPL-3.0-or-later
"""Several pictures of one person: each of them counts."""

import json

import numpy as np
import pytest
from PIL import Image

from ha2g_engine.cli.main import main
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer


@pytest.fixture
def pictures(tmp_path):
    """Two pictures that have nothing in common."""
    found = [tmp_path / "a.png", tmp_path / "b.png"]
    for seed, path in enumerate(found):
        noise = np.random.default_rng(seed).integers(0, 255, (7, 5, 3), np.uint8)
        Image.fromarray(noise).resize((224, 224)).save(path)
    return found


def test_all_pictures_that_are_named_make_the_person(
    small_checkpoint, write_speech, pictures, tmp_path, capsys
):
    speech, out = write_speech(seconds=1.0), tmp_path / "take.npz"
    named = [word for path in pictures for word in ("--image", str(path))]
    checkpoint = ["--checkpoint", str(small_checkpoint)]
    assert main(["generate", str(speech), "--out", str(out), *named, *checkpoint]) == 0
    person = Synthesizer(small_checkpoint)
    both, last = (
        person.generate(speech, Settings(images=images)) for images in (pictures, pictures[1:])
    )
    with np.load(out) as take:
        asked = json.loads(str(take["asked"]))
        np.testing.assert_allclose(take["style"], both.style, atol=1e-6)
        assert np.abs(take["style"] - last.style).max() > 1e-4
    assert asked["image"] == str(pictures[0])
    assert asked["images"] == [str(path) for path in pictures]


def test_what_a_picture_gives_can_be_told(
    small_checkpoint, write_speech, pictures, tmp_path, capsys
):
    speech, out = write_speech(seconds=1.0), tmp_path / "take.npz"
    command = ["generate", str(speech), "--out", str(out), "--checkpoint", str(small_checkpoint)]
    named = [*command, "--image", str(pictures[0])]
    for told, kept in (([], ["style", "home", "pose"]), (["--from-image", "home"], ["home"])):
        assert main([*named, *told]) == 0
        with np.load(out) as take:
            assert json.loads(str(take["asked"]))["taken"] == kept
    assert main([*named, "--from-image", "shoes"]) == 2
    assert "Pictures give no 'shoes'" in capsys.readouterr().err
    assert main([*command, "--from-image", "home"]) == 2
    assert "name one with --image" in capsys.readouterr().err
