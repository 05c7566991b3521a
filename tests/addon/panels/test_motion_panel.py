# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel Mode and Motion shows of an imported model."""

from types import SimpleNamespace

import bpy
import pytest
from checkpoint_files import checkpoint_of


class Layout:
    """Remembers whether what is drawn on it, or on a part of it, can be used."""

    def __init__(self, above=None):
        self.above, self.enabled = above, True
        self.drawn = {} if above is None else above.drawn

    @property
    def usable(self):
        return self.enabled and (self.above is None or self.above.usable)

    def prop(self, data, name, **_):
        self.drawn[name] = self.usable

    def __getattr__(self, name):
        return lambda *what, **how: Layout(self)


def drawn(addon):
    layout = Layout()
    panel = addon.panels.motion.GESTURES_PT_motion
    panel.draw(SimpleNamespace(layout=layout), bpy.context)
    return {name: layout.drawn.get(name) for name in ("as_published", "energy", "rest")}


@pytest.fixture
def bring_in(addon, tmp_path, monkeypatch):
    """Choose a model with these notes."""
    monkeypatch.setattr(addon.engine.process, "user_folder", lambda: tmp_path / "user")

    def choose(notes):
        bpy.ops.gestures.model_import(filepath=str(checkpoint_of(tmp_path, notes=notes)))

    yield choose
    addon.engine.preferences.get().model = ""


@pytest.mark.parametrize("notes", [None, {"epoch": 3}])
def test_a_model_of_ours_has_loudness_and_rest_alone(addon, bring_in, notes):
    if notes:
        bring_in(notes)
    assert drawn(addon) == {"as_published": None, "energy": True, "rest": True}


def test_an_imported_one_has_them_grey_until_as_published_is_off(addon, bring_in):
    bring_in({"source": "published.bin"})
    assert drawn(addon) == {"as_published": True, "energy": False, "rest": False}
    bpy.context.scene.gestures.as_published = False
    assert drawn(addon) == {"as_published": True, "energy": True, "rest": True}
    bpy.ops.gestures.model_choose(model="")
    assert drawn(addon) == {"as_published": None, "energy": True, "rest": True}


def test_an_imported_one_whose_file_is_gone_stops_no_panel(addon, bring_in):
    bring_in({"source": "published.bin"})
    for path in addon.engine.models.folder().glob("*.safetensors"):
        path.unlink()
    assert drawn(addon) == {"as_published": None, "energy": True, "rest": True}
