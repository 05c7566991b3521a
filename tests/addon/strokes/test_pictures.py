# SPDX-License-Identifier: GPL-3.0-or-later
"""The small pictures of gestures and hand shapes: there is one of each, and they can be let go."""

from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import stroke_edits as edits
from conftest import JFK

from blender_addon.strokes import pictures

ops = bpy.ops.gestures
LARGEST = 1 << 20  # bytes of the file


@pytest.fixture
def shown(addon):
    """The add-on's own pictures, dropped before and after."""
    mine = addon.strokes.pictures
    mine.forget()
    yield mine
    mine.forget()


def preview(shown, key):
    return np.array(shown._previews[key].image_pixels_float).reshape(64, 64, 4)


def test_the_file_is_small_and_whole():
    assert pictures.PACKED.stat().st_size < LARGEST
    pack = pictures._pack()
    assert len(pack.pictures) == len(pack.places)
    assert pack.pictures.max() < len(pack.colours[0])


def test_what_the_model_knows_has_a_picture_each(addon, character):
    with edits.light_engine(addon):
        bpy.context.scene.gestures.speech = str(JFK)
        assert ops.generate() == {"FINISHED"}
        assert ops.stroke_choose() == {"FINISHED"}
    known = addon.strokes.repertoire.known()
    places = pictures._pack().places
    assert len(known.gestures) > 400
    assert not [name for name, _, _ in known.gestures if ("gesture", name) not in places]
    assert known.shapes
    assert not [name for name in known.shapes if ("shape", name) not in places]


def test_the_other_hand_is_seen_in_a_mirror(shown):
    shown.of_gesture("ha2g/over_there", "right")
    shown.of_gesture("ha2g/over_there", "left")
    keys = sorted(shown._previews)
    assert keys == ["gesture ha2g/over_there False", "gesture ha2g/over_there True"]
    ours, theirs = (preview(shown, key) for key in keys)
    np.testing.assert_allclose(theirs.sum(-1), ours[:, ::-1].sum(-1), atol=0.5)
    blue, orange = ours[..., 2] > ours[..., 0] + 0.2, ours[..., 0] > ours[..., 2] + 0.2
    np.testing.assert_array_equal(theirs[..., 2] > theirs[..., 0] + 0.2, orange[:, ::-1])
    np.testing.assert_array_equal(theirs[..., 0] > theirs[..., 2] + 0.2, blue[:, ::-1])
    assert orange.sum() > 40


def test_hands_differ_by_shape(shown):
    shown.of_shape("fist")
    shown.of_shape("spread")
    fist, spread = (preview(shown, f"shape {name} False") for name in ("fist", "spread"))
    assert (np.abs(fist - spread).max(axis=-1) > 0.1).mean() > 0.05


def test_what_has_none_shows_none(shown):
    assert shown.of_gesture("nobody knows it") == 0
    assert shown.of_shape("nobody knows it") == 0
    assert shown._previews is None


def test_they_go_with_the_add_on(addon):
    import addon_utils

    addon.strokes.pictures.of_shape("fist")
    addon_utils.disable("blender_addon")
    assert addon.strokes.pictures._previews is None
    addon_utils.enable("blender_addon", default_set=True)


def test_gestures_are_found_by_words_of_their_meaning():
    from blender_addon.strokes.repertoire import Known

    known = Known((("a", "Shrug", "indifference, both"), ("b", "Shrug 2", "no idea, left")))
    assert [line[0] for line in known.meaning("")] == ["a", "b"]
    assert [line[0] for line in known.meaning("SHRUG idea")] == ["b"]
    assert [line[0] for line in known.meaning("both")] == ["a"]
    assert known.meaning("hello") == []


class Cells:
    """A dialog's layout that keeps which values it offers."""

    def __init__(self):
        self.offered, self.texts = [], []

    def prop_enum(self, data, name, value, **_):
        self.offered.append(value)

    def label(self, text="", **_):
        self.texts.append(text)

    def __getattr__(self, name):
        return lambda *what, **how: self


def test_the_gallery_offers_a_page_of_what_is_typed(addon, shown):
    from blender_addon.operators.strokes import choose

    rows = [
        {"name": f"g{i}", "title": f"Wave {i:03}", "meanings": ["hello"], "hands": ["left"]}
        for i in range(60)
    ]
    addon.strokes.repertoire.learn({"gestures": rows, "shapes": ["fist"]})
    cells = Cells()
    gallery = SimpleNamespace(layout=cells, meaning="hello", page=9, gesture="g59")
    choose.ChoosingGesture.draw(gallery, bpy.context)
    assert cells.offered == [f"g{i}" for i in range(48, 60)]  # the last page
    assert "Wave 059: hello, left" in cells.texts
    cells.offered.clear()
    gallery.meaning = "goodbye"
    choose.ChoosingGesture.draw(gallery, bpy.context)
    assert (cells.offered, choose.NONE in cells.texts) == ([], True)
    hand = SimpleNamespace(layout=cells, shaped="left")
    choose.draw_shapes(hand, "shape", choose._shapes(hand, None))
    assert cells.offered == [choose.OWN, "fist"]
