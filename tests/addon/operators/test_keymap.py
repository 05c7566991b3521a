# SPDX-License-Identifier: GPL-3.0-or-later
"""One key compares two takes, as long as the add-on is enabled."""

import bpy

from blender_addon.operators import keymap


def keys():
    """Where the operator has which key, of what add-ons add."""
    added = bpy.context.window_manager.keyconfigs.addon.keymaps
    return sorted(
        (one.name, item.type)
        for one in added
        for item in one.keymap_items
        if item.idname == "gestures.take_switch"
    )


def test_one_key_switches_where_characters_are_posed_and_moved(addon):
    assert keys() == [("Object Mode", "Y"), ("Pose", "Y")]
    keymap.unregister()
    assert keys() == []
    keymap.register()
    assert len(keys()) == 2


def test_the_key_does_nothing_else_there(addon):
    usual = bpy.context.window_manager.keyconfigs.default.keymaps
    for name in keymap.MODES:
        taken = usual[name].keymap_items if name in usual else ()
        plain = [i for i in taken if i.type == keymap.KEY and not (i.ctrl or i.alt or i.shift)]
        assert not plain, name
