# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/scripting.md, made from the operators as Blender has them registered.

    python tests/addon/support/scripting_page.py

What an operator refuses is asked of itself, in a file that is put into one state after the other.
"""

import inspect
import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

if __name__ == "__main__":  # nothing of the user's
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="gestures-profile-")
HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
sys.path[:0] = [str(HERE), str(REPOSITORY)]

import bpy  # noqa: E402
import rig_library  # noqa: E402

PAGE = REPOSITORY / "docs" / "scripting.md"
EXAMPLE = HERE / "scripting_example.py"
PREFIX = "GESTURES_OT_"
# Files of the operators in the order of work; others follow.
ORDER = (
    "setup", "engine", "rig", "generate", "gallery", "style", "settle", "takes", "retake",
    "protect", "stroke", "go_to", "bake", "batch", "report",
)  # fmt: skip
UNTOLD = ("gestures_rig",)  # its fields show a mapping's bones; rig_pick sets them
MANY = 12  # values of a list that has a place of its own
STATES = (
    "in an empty file without an engine", "with a character", "in Edit Mode",
    "while the engine works", "with a take that is shown",
)  # fmt: skip
INTRO = f"""# Scripting

Made by `python tests/addon/support/scripting_page.py` from the operators themselves: change
their descriptions, not this page.

Every button of the tab is an operator, and every field a property of the scene, of the armature
or of a take, which is an action. An operator that is called from a script

- waits: `bpy.ops.gestures.generate()` comes back when the take is there;
- returns `{{'FINISHED'}}`, or `{{'CANCELLED'}}` when somebody stopped it;
- raises `RuntimeError` with one sentence when it refuses, with nothing changed;
- makes an undo step only where one is asked for: `bpy.ops.gestures.generate("EXEC_DEFAULT", True)`.

Which of them are off right away, and why, was tried in five states of a file:
{", ".join(STATES[:3])},
{", ".join(STATES[3:])}. What else they refuse depends on what they are given.

What happened, and tracebacks, are in `gestures.log` in the add-on's folder among the user's
files (`bpy.utils.extension_path_user`); `HA2G_LOG_LEVEL=DEBUG` in the environment tells more.

## Example

```python
"""


def page(addon):
    """The whole page; the ADDON is enabled, the file empty."""
    refused, lists = refusals(addon), {}
    example = EXAMPLE.read_text("utf-8").split("\n", 1)[1]  # without its licence
    parts = [f"{INTRO}{example}```"]
    for title, names in chapters():
        parts.append(f"## {title}")
        for name in names:
            parts += operator(name, refused[name], lists)
    parts += ["## Settings", *settings(lists)]
    for title, items in lists.items():
        parts += [f"## {title}", ", ".join(f"`{one}`" for one in items)]
    return "\n\n".join(parts) + "\n"


# --- operators ------------------------------------------------------------------------------


def operators():
    """The names of all operators that are registered."""
    return dir(bpy.ops.gestures)


def operator_class(name):
    return getattr(bpy.types, PREFIX + name)


def chapters():
    """(title, names of operators) of each file, in the order of work; the names as in the file."""
    files = {}
    for name in operators():
        files.setdefault(operator_class(name).__module__, []).append(name)

    def place(module):
        file = module.rpartition(".")[2]
        return (ORDER.index(file) if file in ORDER else len(ORDER), file)

    for module in sorted(files, key=place):
        title = inspect.getdoc(sys.modules[module]).split("\n\n")[0].replace("\n", " ")
        yield title.rstrip("."), sorted(files[module], key=_line)


def _line(name):
    return inspect.getsourcelines(operator_class(name))[1]


def operator(name, refused, lists):
    """An operator's heading, description, properties and refusals."""
    rna = getattr(bpy.ops.gestures, name).get_rna_type()
    yield f"### `bpy.ops.gestures.{name}`"
    yield f"**{rna.name}.** {rna.description}."
    yield from table(rna.properties, lists)
    if refused:
        yield "\n".join(f"- {line}" for line in refused)


# --- what they refuse -----------------------------------------------------------------------


def refusals(addon):
    """{operator: lines}: in which states of the file it is off, and with which sentence."""
    said, tried = {name: {} for name in operators()}, []
    for state in states(addon):
        tried.append(state)
        for name in operators():
            reason = refusal(name)
            if reason is not None:
                said[name].setdefault(reason, []).append(state)
    return {
        name: [f"Off {enumerated(where, tried)}: {reason}." for reason, where in reasons.items()]
        for name, reasons in said.items()
    }


def enumerated(where, tried):
    if where == tried:
        return "in all these states"
    *others, last = where
    return f"{', '.join(others)} and {last}" if others else last


def refusal(name):
    """Why the operator is off now, as it says; None if it is not."""
    call = getattr(bpy.ops.gestures, name)
    if call.poll():
        return None
    try:
        call()
    except RuntimeError as error:
        reason = str(error).strip().rpartition(".poll() ")[2]
        return "there is nothing to do" if reason.startswith("failed, context") else f"“{reason}”"
    raise AssertionError(f"{name} is off and runs")


def states(addon):
    """Put the file into one of STATES after the other; yields what it is called."""
    empty, character, edited, working, shown = STATES
    with patched(addon, python=None):
        yield empty
    with patched(addon, python=Path(sys.executable)):
        armature = rig_library.mixamo()
        bpy.context.view_layer.objects.active = armature
        yield character
        bpy.ops.object.mode_set(mode="EDIT")
        yield edited
        bpy.ops.object.mode_set(mode="OBJECT")
        bpy.context.scene.gestures.speech = str(REPOSITORY / "rigs/demo/jfk.flac")
        job = addon.engine.jobs.Job(0, "")
        with mock.patch.object(addon.engine.jobs, "_current", job):
            yield working
        bpy.context.scene.gestures_mode.kind = "IDLE"  # a take without an engine
        bpy.ops.gestures.generate()
        yield shown


@contextmanager
def patched(addon, python):
    """An add-on whose engine's Python is PYTHON, of a user who has saved nothing."""
    with ExitStack() as stack:
        stack.enter_context(
            mock.patch.object(addon.engine.process, "running_python", lambda: python)
        )
        stack.enter_context(mock.patch.object(addon.takes.style_presets, "names", list))
        yield


# --- properties -----------------------------------------------------------------------------


OWNERS = (
    (bpy.types.Scene, "bpy.context.scene"),
    (bpy.types.Object, "armature"),
    (bpy.types.Action, "take"),
)


def settings(lists):
    """A heading and a table for each kind of group, and for what is in none."""
    groups = {}
    for owner, path in OWNERS:
        own = [one for one in owner.bl_rna.properties if one.identifier.startswith("gestures")]
        if single := [one for one in own if group_of(one) is None or one.type == "COLLECTION"]:
            yield from (f"### `{path}`", *table(single, lists))
        for one in own:
            collect(one, f"{path}.{one.identifier}", groups)
    for group, paths in groups.items():
        if rows := list(table(group.properties, lists)):
            yield from (f"### {', '.join(f'`{path}`' for path in paths)}", *rows)


def collect(one, path, groups):
    """Note in GROUPS that PATH leads to the group that ONE is of, and what is inside it."""
    group = group_of(one)
    if group is None or one.identifier in UNTOLD:
        return
    path += "[…]" if one.type == "COLLECTION" else ""
    groups.setdefault(group, []).append(path)
    for inner in group.properties:
        collect(inner, f"{path}.{inner.identifier}", groups)


def group_of(one):
    """The group of the add-on's that the property ONE is, or is a list of; None for others."""
    fixed = one.fixed_type if one.type in ("POINTER", "COLLECTION") else None
    return fixed if fixed and fixed.identifier.startswith("Gestures") else None


def table(properties, lists):
    """The table of those PROPERTIES that are meant for users, if there are any."""
    inherited = bpy.types.PropertyGroup.bl_rna.properties["name"].description
    shown = [
        one
        for one in properties
        if one.identifier != "rna_type" and not one.is_hidden and one.description != inherited
    ]
    rows = ["| " + " | ".join(map(cell, row(one, lists))) + " |" for one in shown]
    if rows:
        yield "\n".join(["| property | values | default | |", "|---|---|---|---|", *rows])


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def row(one, lists):
    return f"`{one.identifier}`", values(one, lists), default(one), one.description


def values(one, lists):
    """Which values the property ONE takes."""
    kind = one.type
    if kind == "ENUM":
        return choices(one, lists)
    if kind in ("POINTER", "COLLECTION"):
        fixed = one.fixed_type
        return fixed.name if kind == "POINTER" else f"a list of {fixed.identifier}"
    if kind == "STRING":
        return "path" if one.subtype in ("FILE_PATH", "DIR_PATH") else "text"
    if kind == "BOOLEAN":
        return "`True`, `False`"
    word = {"INT": "whole number", "FLOAT": "number"}[kind]
    many = f"{one.array_length} × " if one.is_array else ""
    return f"{many}{word}{reach(one)}{' (radians)' if one.unit == 'ROTATION' else ''}"


def reach(one):
    """The hard limits of a number, as far as there are any."""
    far = 2**31 - 1 if one.type == "INT" else 1e30
    low, high = one.hard_min, one.hard_max
    if low <= -far and high >= far:
        return ""
    return f", {low:g} or more" if high >= far else f", {low:g} to {high:g}"


def choices(one, lists):
    items = [(item.identifier, item.description) for item in one.enum_items_static]
    if not items:
        return "name of a preset"
    if len(items) > MANY:
        known = lists.setdefault(one.name, [])
        known += [name for name, _ in items if name not in known]
        return f"see {one.name}"
    many = "a set of " if one.is_enum_flag else ""
    told = [f"`{name}`" + (f" ({about})" if about else "") for name, about in items]
    return many + ", ".join(told)


def default(one):
    """The default as a script would write it."""
    if one.type in ("POINTER", "COLLECTION"):
        return ""
    if one.type == "ENUM":
        many = "{" + ", ".join(map(repr, sorted(one.default_flag))) + "}"
        many = many if one.default_flag else "set()"
        given = many if one.is_enum_flag else repr(one.default)
        return f"`{given}`" if one.enum_items_static else ""
    if getattr(one, "is_array", False):
        numbers = {f"{number:.4g}" for number in one.default_array}
        return " ".join(sorted(numbers))
    return f"`{one.default:.4g}`" if one.type == "FLOAT" else f"`{one.default!r}`"


def main():
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon = addon_utils.enable("blender_addon", default_set=True)
    PAGE.write_text(page(addon), encoding="utf-8", newline="\n")
    print(f"{PAGE}: {len(operators())} operators")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # the bpy wheel does not always end by itself
