# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/scripting.md: what it says is what is registered, and its example runs."""

import json
import re
import sys

import bpy
import pytest
import scripting_page
from take_stage import names, tracks


def text():
    return scripting_page.PAGE.read_text("utf-8")


@pytest.mark.once
def test_the_page_is_what_the_operators_say_now(addon):
    how = "run `python tests/addon/support/scripting_page.py`"
    assert scripting_page.page(addon) == text(), how


@pytest.mark.once
def test_the_page_follows_the_operators(addon, monkeypatch):
    """It is seen to change with what is registered."""
    before = scripting_page.page(addon)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    cls = bpy.types.GESTURES_OT_go_to
    bpy.utils.unregister_class(cls)
    monkeypatch.setattr(cls, "bl_description", "Go somewhere else")
    bpy.utils.register_class(cls)
    after = scripting_page.page(addon)
    assert after == before.replace("The playhead moves to this place", "Go somewhere else")


def test_every_operator_and_every_property_of_one_says_what_it_is(addon):
    silent = []
    for name in scripting_page.operators():
        rna = getattr(bpy.ops.gestures, name).get_rna_type()
        shown = [p for p in rna.properties if p.identifier != "rna_type" and not p.is_hidden]
        silent += [f"{name}.{one.identifier}" for one in (rna, *shown) if not one.description]
    assert not silent
    assert not [name for name in scripting_page.operators() if f"gestures.{name}`" not in text()]


def test_the_example_runs(fake_engine, character, speech_named, tmp_path, monkeypatch, capsys):
    example = re.search(r"```python\n(.*?)```", text(), re.DOTALL)[1]
    speech, out = str(speech_named("hello")), tmp_path / "character.fbx"
    monkeypatch.setattr(sys, "argv", ["blender", "--background", "--", speech, str(out)])
    exec(compile(example, "scripting.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.endswith(f"hello take 1: wrote {out}\n")
    assert out.read_bytes().startswith(b"Kaydara FBX Binary")
    assert names(character) == ["hello take 1"]
    assert tracks(character) == {"hello take 1": False}
    stored = json.loads(bpy.data.actions["hello take 1"]["gestures_take"])
    assert stored["seed"] == 3
    assert stored["shaping"]["strength"][1] == pytest.approx(0.7)
    assert stored["style"][0] == pytest.approx([0.5, 0.8, 0.5, 0.5, 0.5, 0.5])
