# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels show, without a window."""

from types import SimpleNamespace

import bpy


class Layout:
    """Collects the texts and buttons drawn on it; every part of it is opened."""

    def __init__(self, texts=None, buttons=None):
        self.texts = [] if texts is None else texts
        self.buttons = [] if buttons is None else buttons

    def label(self, text="", **_):
        self.texts.append(text)

    def progress(self, text="", **_):
        self.texts.append(text)

    def operator(self, name, text="", **_):
        self.buttons.append(name)
        self.texts.append(text)
        return SimpleNamespace()

    def prop(self, data, name, text="", **_):
        assert name in data.bl_rna.properties, name
        self.texts.append(text or data.bl_rna.properties[name].name)

    def panel(self, idname, **_):
        return self, self

    def __getattr__(self, name):
        return lambda *what, **how: self


def panels(addon):
    """The add-on's panels."""
    return [cls for cls in addon.CLASSES if issubclass(cls, bpy.types.Panel)]


def draw(addon):
    """All panels that show themselves: the layout that they drew on."""
    layout = Layout()
    for cls in panels(addon):
        if not hasattr(cls, "poll") or cls.poll(bpy.context):
            cls.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout
