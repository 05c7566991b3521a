# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures that are nobody."""

import rig_library as lib


def animal():
    """Four legs of the same make below a level spine, with toes."""
    bones = [("root", "", (0, 0, 1), (0, -0.1, 1), 0.0)]
    spine = [(f"s{i}", f"s{i - 1}" if i else "root", (0, -0.2 * i - 0.1, 1),
              (0, -0.2 * i - 0.3, 1), 0.0) for i in range(4)]  # fmt: skip
    bones += [*spine, ("head", "s3", (0, -0.9, 1.1), (0, -1.1, 1.1), 0.0)]
    for name, parent, y in (("fore", "s3", -0.85), ("hind", "root", 0.0)):
        for side, x in (("a", 0.15), ("b", -0.15)):
            points = [(x, y, 0.95), (x, y + 0.05, 0.6), (x, y, 0.25), (x, y - 0.05, 0.05)]
            above = parent
            for i, (head, tail) in enumerate(zip(points, [*points[1:], (x, y - 0.2, 0)],
                                                 strict=True)):  # fmt: skip
                bones.append((f"{name} {side} {i}", above, head, tail, 0.0))
                above = f"{name} {side} {i}"
            bones += [(f"{name} {side} toe {k}", above, (x + 0.03 * k, y - 0.12, 0.02),
                       (x + 0.03 * k, y - 0.2, 0.0), 0.0) for k in (-1, 0, 1)]  # fmt: skip
    return lib.new_armature("Dog", bones)


def door():
    frame, leaf = ((0, 0, 0), (0, 0, 2)), ((0.5, 0, 0), (0.5, 0, 2))
    bones = [("frame", "", *frame, 0.0), ("leaf", "frame", *leaf, 0.0)]
    return lib.new_armature("Door", [*bones, ("handle", "leaf", (0.5, 0, 1), (0.6, 0, 1), 0.0)])
