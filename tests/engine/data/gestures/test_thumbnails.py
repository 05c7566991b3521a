# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's small pictures are those of the library that ships."""

import numpy as np

from ha2g_engine.data.gestures import thumbnails
from ha2g_engine.gestures import hand_shapes

EVERY = 40  # of the gestures, one drawn anew


def test_the_pictures_that_ship_are_of_the_library_that_ships(shipped):
    with np.load(thumbnails.PACKED) as file:
        kept = {name: file[name] for name in file.files}
    assert kept["gestures"].tolist() == [g.name for g in shipped.gestures]
    assert kept["leading"].tolist() == [g.hands for g in shipped.gestures]
    assert kept["shapes"].tolist() == hand_shapes.names()
    colours = thumbnails.palette()
    np.testing.assert_array_equal(kept["palette"], colours)
    for number, gesture in list(enumerate(shipped.gestures))[::EVERY]:
        drawn = thumbnails.gesture_picture(gesture, shipped.directions(gesture))
        same = kept["pictures"][number] == thumbnails.numbered(drawn, colours)
        assert same.mean() > 0.98, gesture.name  # another Pillow rounds an edge otherwise
    for number, fingers in enumerate(hand_shapes.table().values(), len(shipped.gestures)):
        drawn = thumbnails.hand_picture(fingers)
        same = kept["pictures"][number] == thumbnails.numbered(drawn, colours)
        assert same.mean() > 0.98


def test_pictures_of_gestures_with_a_hand_show_it(shipped):
    with np.load(thumbnails.PACKED) as file:
        pictures, hands = file["pictures"], file["leading"]
    inks = thumbnails.LEVELS
    right = (pictures > 2 * inks).reshape(len(pictures), -1).sum(axis=1)
    assert right[: len(hands)][hands == "right"].min() > 30
    assert len(shipped.gestures) == len(hands)


def test_the_pictures_are_written(tmp_path, monkeypatch, built):
    monkeypatch.setattr(thumbnails, "PACKED", tmp_path / "pictures.npz")
    monkeypatch.setattr(thumbnails, "load", lambda: built)
    thumbnails.main()
    with np.load(tmp_path / "pictures.npz") as file:
        assert len(file["pictures"]) == len(built.gestures) + len(hand_shapes.names())
