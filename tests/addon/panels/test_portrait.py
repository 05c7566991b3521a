# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel shows the picture that was chosen, and none that a file brought along."""

import bpy
import pytest
from conftest import REPOSITORY

from blender_addon.properties import portrait

SPEAKER = REPOSITORY / "rigs" / "demo" / "speaker.jpg"


@pytest.fixture
def settings(ready):
    yield bpy.context.scene.gestures
    portrait.forget()


def looked_at(path):
    """Whether drawing PATH loaded it; without a window icons have no number."""
    portrait.icon(path)
    return portrait._shown is not None


def test_a_chosen_picture_is_shown_as_long_as_it_is_the_one(settings, tmp_path):
    assert not looked_at(settings.image)
    settings.image = str(SPEAKER)
    assert looked_at(settings.image)
    first = portrait._shown
    assert looked_at(settings.image) and portrait._shown is first  # drawn again, loaded once
    settings.image = str(tmp_path / "gone.jpg")
    assert not looked_at(settings.image)
    settings.image = ""
    assert not looked_at("")


def test_a_picture_that_a_file_names_is_not_looked_at(settings, tmp_path):
    settings.image = str(SPEAKER)
    file = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(file))
    image = bpy.context.scene.gestures.image
    assert image.endswith("speaker.jpg")
    assert not looked_at(image)
