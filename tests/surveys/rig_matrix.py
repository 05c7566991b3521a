# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs against what must hold on each: the tables of docs/rigs.md, and test_rig_matrix.py's rows.

    python tests/surveys/rig_matrix.py [OUT.md] [--only WORD]

Every row is a rig, found without help; real gestures are played on it and read back from Blender.
"""

import argparse
import os
import re
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests/addon/support"), str(ROOT)]
import few_fingers  # noqa: E402
import motion_clips  # noqa: E402
import rig_library as lib  # noqa: E402
import synthetic_rigs as synthetic  # noqa: E402
from naming_schemes import SCHEMES, renamed  # noqa: E402
from played import Played  # noqa: E402

from blender_addon.bones.detection import STRUCTURE  # noqa: E402
from blender_addon.errors import GestureError  # noqa: E402
from blender_addon.paths import RIGS_DIR  # noqa: E402
from blender_addon.rig import reading as rig  # noqa: E402

RING = ("Finger3", "finger4-", "HandRing", "f_ring")  # as the four real rigs call it
TITLES = (
    "Rig", "Found as", "Bones", "Direction mean", "max", "Palm max", "Backward bend", "Limits"
)  # fmt: skip
KNOWN_FINGERS = (("thumb", "middle"), ("thumb", "index"), ("thumb", "pinky"), ("middle",), ())
INTRODUCTION = """\
Made by `python tests/surveys/rig_matrix.py docs/rigs.md`: real gestures put on each rig, bone
heads read back from the posed rig. Rows named "… names" wear a family's bone names on Mixamo's
joints, because no file of that family was at hand; "by structure" means found with names that say
nothing. A generated Rigify rig's arms were measured on FK: Rigify leaves them on IK, where only a
take that keys the switch moves them (Key Arms to FK; a mapping names the switch in
`[fk_switch]`).

Six of them, hands close up (`python tests/surveys/rig_sheets.py`):

![Six rigs at four moments: front, side and hands](pictures/rigs.jpg)
"""
NAMES = """\
## Naming schemes

Mixamo's skeleton, each bone renamed as other programs and people name theirs
(`tests/addon/support/naming_schemes.py`). Families' names and the structure are put together role
by role.
"""
PALMS = """\
## Palms that few fingers show

Largest angle between the palm that a real rig shows, all its fingers seen, and the motion's,
where the mapping knows only some of them. Two fingers besides the thumb show it exactly; with
fewer the panel and the shell say that it is guessed.
"""


@dataclass(frozen=True)
class Row:
    """What was measured on one rig. Angles in degrees; limits: whether enforcement held them."""

    rig: str
    family: str
    bones: int
    direction_mean: float
    direction_max: float
    palm_max: float
    backward: float
    limits: bool

    @property
    def passed(self):
        fine = self.direction_mean <= 0.5 and self.direction_max <= 2.0 and self.palm_max <= 2.0
        return bool(self.family) and fine and self.backward <= 10.0 and self.limits


def nonsense(armature):
    """ARMATURE, every bone renamed to a number in no order."""
    numbers = np.random.default_rng(1).permutation(len(armature.data.bones))
    before = [bone.name for bone in armature.data.bones]
    new = {name: f"b{number:03d}" for name, number in zip(before, numbers, strict=True)}
    for name in before:
        armature.data.bones[name].name = new[name]
    for owner in (armature, armature.data):
        for curve in owner.animation_data.drivers if owner.animation_data else ():
            _rename_in(curve, new)
    return armature


def _rename_in(curve, new):
    """Blender leaves a renamed bone's old name in some drivers: put the NEW one there too."""
    for variable in curve.driver.variables:
        for target in variable.targets:
            target.bone_target = new.get(target.bone_target, target.bone_target)
            target.data_path = _renamed(target.data_path, new)
    curve.data_path = _renamed(curve.data_path, new)
    curve.driver.expression += ""  # compiled anew


def _renamed(path, new):
    return re.sub(r'bones\["([^"]+)"\]', lambda m: f'bones["{new.get(m[1], m[1])}"]', path)


def arms_at(armature, degrees):
    """ARMATURE whose rest pose has straight arms, DEGREES below level."""
    bone_map, axes = rig.map_for(armature).bone_map, rig.calibration(armature).axes
    return lib.edited(armature, partial(_turn_arms, bone_map=bone_map, axes=axes, degrees=degrees))


def _turn_arms(bones, bone_map, axes, degrees):
    left, _, up = (lib.Vector(axis) for axis in axes.T)
    for side, sign in (("L", 1.0), ("R", -1.0)):
        low = np.radians(degrees)
        target = sign * np.cos(low) * left - np.sin(low) * up
        for role, end in (("upper_arm", "forearm"), ("forearm", "hand")):
            first, last = (bones[bone_map.get(f"{part}.{side}")[0]] for part in (role, end))
            origin = first.head.copy()
            turn = (last.head - origin).rotation_difference(target).to_matrix().to_4x4()
            whole = lib.Matrix.Translation(origin) @ turn @ lib.Matrix.Translation(-origin)
            for one, matrix in [(b, whole @ b.matrix) for b in (first, *first.children_recursive)]:
                one.matrix = matrix


VARIANTS = {
    "as it is": lambda armature: armature,
    "names without meaning": nonsense,
    "and turned 90°, 100 times as large": lambda a: lib.turned(nonsense(a), "X", 90.0, 100.0),
    "and random rolls": lambda a: nonsense(lib.random_rolls(a)),
    "and a T-pose": lambda a: nonsense(arms_at(a, 0.0)),
    "and an A-pose": lambda a: nonsense(arms_at(a, 45.0)),
    "and no ring finger": lambda a: nonsense(lib.without(a, *RING)),
}
GENERATED = {  # what is done to the metarig, and what to the control rig made from it
    "as it is": (None, lambda armature: armature),
    "names without meaning": (None, nonsense),
    "and turned 90°, 100 times as large": (None, VARIANTS["and turned 90°, 100 times as large"]),
    "and random rolls": (lib.random_rolls, nonsense),
    "and a T-pose": (partial(arms_at, degrees=0.0), nonsense),
    "and an A-pose": (partial(arms_at, degrees=45.0), nonsense),
    "and no ring finger": (lambda metarig: lib.without(metarig, *RING), nonsense),
}
SHAPES = {
    "one spine bone": partial(synthetic.of_family, "mixamo", spine=1),
    "eight spine bones, metacarpals": synthetic.long_spine,
    "one-bone hands": partial(synthetic.of_family, "unreal", fingers=()),
    "no collars": partial(synthetic.of_family, "vrm1", collars=False),
    "no neck": partial(synthetic.of_family, "smplx", necks=0),
    "leaf twist bones, metacarpals": partial(
        synthetic.of_family, "unreal", metacarpals=synthetic.PALM_BONES
    ),
    "a palm bone for each finger but one": partial(
        synthetic.of_family, "unreal", metacarpals={"index": 0.5, "middle": 0.5, "ring": 0.5}
    ),
    "two eyes as the head's only children": synthetic.with_eyes,
    "thumb and one finger": partial(synthetic.of_family, "mixamo", fingers=("thumb", "middle")),
}


def rigs():
    """{row's title: function that builds the armature}."""
    found = {}
    for name in lib.RIGS:
        for title, change in VARIANTS.items():
            found[f"{name}: {title}"] = partial(_changed, name, change)
    for title, changes in GENERATED.items():
        found[f"rigify_generated: {title}"] = partial(_generated, *changes)
    for path in sorted(RIGS_DIR.glob("*.toml")):
        if path.stem not in (*lib.RIGS, *lib.CONTROL_RIGS):
            found[f"{path.stem} names"] = partial(synthetic.of_family, path.stem)
    for title, build in SHAPES.items():
        found[f"made up: {title}"] = build
        found[f"made up: {title}, names without meaning"] = partial(_unnamed, build)
    return found


def _changed(name, change):
    return change(lib.build(name))


def _generated(before, after):
    lib.empty_scene()
    return after(lib.rigify_generated(before))


def _unnamed(build):
    return nonsense(build())


def measure(title, build, step=6):
    """The Row of the rig that BUILD() makes, from every STEP-th frame of the excerpt."""
    armature = build()
    lib.bpy.context.view_layer.update()
    try:
        detection = rig.map_for(armature)
    except GestureError as error:
        print(f"{title}: {error}", file=sys.stderr)
        return Row(title, "", 0, np.nan, np.nan, np.nan, np.nan, False)
    pieces = [(d[::step], neutral) for _, d, neutral in motion_clips.excerpt()]
    free = [Played(armature, *piece) for piece in pieces]
    kept = [Played(armature, *piece, limits="enforce") for piece in pieces[:4]]
    bends = np.concatenate([one.middle_joints() for one in kept])
    elbow = max(one.elbows().max() for one in kept)
    errors = np.concatenate([e for one in free for e in one.direction_errors().values()])
    palms = np.concatenate([one.palm_errors() for one in free])
    return Row(
        title,
        detection.family,
        len(detection.bone_map.keyed),
        float(errors.mean()),
        float(errors.max()),
        float(palms.max(initial=0.0)),
        float(max(0.0, -bends.min())),
        bool(bends.min() >= -10.1 and bends.max() <= 110.1 and elbow <= 150.1),
    )


def markdown(rows):
    """ROWS as a table."""
    lines = ["| " + " | ".join(TITLES) + " |", "|---" * len(TITLES) + "|"]
    for row in rows:
        family = {"": "not found", STRUCTURE: "by structure"}.get(row.family, row.family)
        numbers = (row.direction_mean, row.direction_max, row.palm_max, row.backward)
        cells = [row.rig, family, str(row.bones), *(f"{n:.4f}°" for n in numbers)]
        lines.append("| " + " | ".join([*cells, "kept" if row.limits else "broken"]) + " |")
    return "\n".join(lines) + "\n"


def naming_schemes():
    """A table: Mixamo's skeleton under each scheme's names, and how many roles stay the same."""
    lines = ["| Names | Left arm | Found as | Roles as under Mixamo's names |", "|---|---|---|---|"]
    for title, scheme in SCHEMES.items():
        armature = lib.build("mixamo")
        named = rig.map_for(armature).bone_map.roles
        new = {f"mixamorig:{old}": name for old, name in scheme.names().items()}
        found = rig.map_for(renamed(armature, scheme))
        same = sum(
            found.bone_map.get(role) == tuple(new[bone] for bone in chain)
            for role, chain in named.items()
        )
        arm = ", ".join(scheme.names()[f"Left{part}"] for part in ("Shoulder", "Arm", "ForeArm"))
        family = "by structure" if found.family == STRUCTURE else found.family
        lines.append(f"| {title} | {arm} | {family} | {same} of {len(named)} |")
    return "\n".join(lines) + "\n"


def palms():
    """A table: the palms of real hands of which a mapping knows few fingers."""
    lines = [f"| Known fingers | {' | '.join(lib.RIGS)} |", "|---" * (len(lib.RIGS) + 1) + "|"]
    for fingers in KNOWN_FINGERS:
        errors = [few_fingers.palm_errors(name, fingers).max() for name in lib.RIGS]
        cells = " | ".join(f"{error:.1f}°" for error in errors)
        lines.append(f"| {' and '.join(fingers) or 'none'} | {cells} |")
    return "\n".join(lines) + "\n"


def page(table):
    """docs/rigs.md with TABLE, the rows that were measured."""
    return f"# Rigs\n\n{INTRODUCTION}\n{table}\n{NAMES}\n{naming_schemes()}\n{PALMS}\n{palms()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    table = [measure(t, build) for t, build in rigs().items() if options.only in t]
    if options.out:
        options.out.write_text(page(markdown(table)), encoding="utf-8")
    print(markdown(table), f"{sum(row.passed for row in table)} of {len(table)} pass")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # bpy may hang at exit
