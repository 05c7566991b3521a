# SPDX-License-Identifier: GPL-3.0-or-later
"""The "?" of each panel opens the page that explains it."""

import webbrowser
from types import SimpleNamespace
from urllib.parse import unquote

import bpy
import pytest
from drawn import panels

from blender_addon.paths import HELP_DIR


class Header:
    """A header that keeps the buttons drawn on it."""

    def __init__(self):
        self.pages = []

    def operator(self, name, **_):
        assert name == "gestures.help"
        self.pages.append(SimpleNamespace())
        return self.pages[-1]


def page_of(cls):
    """The page that the header of the panel CLS opens."""
    header = Header()
    cls.draw_header_preset(SimpleNamespace(layout=header, bl_label=cls.bl_label), bpy.context)
    (button,) = header.pages
    return button.page


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a web browser was asked for."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda url: addresses.append(url) or True)
    return addresses


def test_every_panel_opens_its_own_page(addon, opened):
    tab = panels(addon)
    assert len(tab) > 15
    for cls in tab:
        bpy.ops.gestures.help(page=page_of(cls))
        assert opened[-1].startswith("file://") and "#" not in opened[-1]
        text = (HELP_DIR / unquote(opened[-1].rpartition("/")[2])).read_text("utf-8")
        assert f"<h1>{cls.bl_label}</h1>" in text
    assert len(set(opened)) == len(tab)


def test_the_document_has_an_anchor_for_every_panel_and_the_preferences(addon):
    text = (HELP_DIR.parent / "tab.md").read_text("utf-8")
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert sorted(heads) == sorted([*(cls.bl_label for cls in panels(addon)), "Preferences"])


@pytest.mark.parametrize("page", ["nothing", "", "../../README", "style.html"])
def test_a_page_that_is_none_is_refused(addon, opened, page):
    with pytest.raises(RuntimeError, match="There is no help page"):
        bpy.ops.gestures.help(page=page)
    assert not opened


def test_without_a_web_browser_the_file_is_named(addon, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    with pytest.raises(RuntimeError, match=r"No web browser .*style\.html"):
        bpy.ops.gestures.help(page="style")
