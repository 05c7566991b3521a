# SPDX-License-Identifier: GPL-3.0-or-later
"""What buttons, fields and choices say of themselves when the mouse rests on them."""

import re

import bpy
import pytest

OF_BLENDER = {"rna_type", "bl_idname", "name"}
LONGEST = 190  # characters: three lines of a tooltip
IDENTIFIER = re.compile(r"\b[a-z]+_[a-z_0-9]+\b|\b[a-z]+\.[LR]\b|[{}]|gestures\.")
JARGON = (
    "level", "levels", "identity", "low", "mid", "high", "latent", "checkpoint", "matrix", "enum",
    "inference", "parameter", "parameters", "quaternion", "role", "roles", "calibration",
    "proximal", "jitter", "mapping", "prosody", "null", "uid", "modal", "operator",
    "property", "properties", "fallback", "array", "vector", "string",
)  # fmt: skip
JARGON_WORD = re.compile(rf"\b({'|'.join(JARGON)})\b", re.IGNORECASE)


def own_properties(rna):
    """What the add-on gave the type RNA, as far as anybody sees it."""
    inherited = set(rna.base.properties.keys()) if rna.base else set()
    for prop in rna.properties:
        if prop.identifier not in inherited | OF_BLENDER and not prop.is_hidden:
            yield prop


def given_to_others(addon):
    """The properties that scenes, objects and actions have of the add-on."""
    for module in addon.properties.MODULES:
        for owner, properties in module.OWNED.items():
            yield from (owner.bl_rna.properties[name] for name in properties)


def tooltips(addon):
    """(where, name, text) of everything that has one."""
    fields = [(prop.identifier, prop) for prop in given_to_others(addon) if prop.type != "POINTER"]
    for cls in addon.CLASSES:
        if issubclass(cls, bpy.types.Operator):
            yield cls.bl_idname, cls.bl_label, cls.bl_description
        if not issubclass(cls, bpy.types.Panel | bpy.types.UIList):
            fields += [(cls.__name__, prop) for prop in own_properties(cls.bl_rna)]
    for where, prop in fields:
        yield f"{where}.{prop.identifier}", prop.name, prop.description
        for item in getattr(prop, "enum_items_static", ()):
            yield f"{where}.{prop.identifier}.{item.identifier}", item.name, item.description


def said(addon):
    """The tooltips; a body part and a file's own name need no more than their name."""
    untold = re.compile(r"\.(role|\w+)\.(ALL|[a-z_]+(\.[LR])?)$")
    return [one for one in tooltips(addon) if one[2] or not untold.search(one[0])]


def test_there_are_many(addon):
    assert len(said(addon)) > 150


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("empty", lambda name, text: not text.strip()),
        ("only its name again", lambda name, text: text.strip().lower() == name.lower()),
        ("a full stop at the end", lambda name, text: text.endswith(".")),
        ("too long", lambda name, text: len(text) > LONGEST),
        ("too short to say what one will see", lambda name, text: len(text.split()) < 3),
        ("small at the beginning", lambda name, text: text[:1] != text[:1].upper()),
        ("an identifier", lambda name, text: IDENTIFIER.search(text)),
        ("jargon", lambda name, text: JARGON_WORD.search(text)),
        ("blanks", lambda name, text: text != " ".join(text.split())),
    ],
)
def test_no_tooltip_is(addon, what, wrong):
    found = [f"{where}: {name}: {text}" for where, name, text in said(addon) if wrong(name, text)]
    assert not found, what + "\n" + "\n".join(found)


def test_no_name_is_jargon_or_longer_than_its_place(addon):
    names = [(where, name) for where, name, _ in tooltips(addon)]
    assert not [one for one in names if IDENTIFIER.search(one[1])]
    assert not [one for one in names if len(one[1]) > 34]
