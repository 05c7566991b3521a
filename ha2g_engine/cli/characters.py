# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of ``ha2g animate`` about the character and its keys."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

BoneMap = Annotated[Path | None, typer.Option("--map", help="Bone map (.toml).")]
Rate = Annotated[float | None, typer.Option(help="Keys a second; the scene's if left out.")]
Frames = Annotated[str | None, typer.Option("--range", help="FIRST:LAST frames to write.")]


class Mode(StrEnum):
    """What a character does while the speech lasts."""

    talk = "talk"
    listen = "listen"
    idle = "idle"


WhatMode = Annotated[
    Mode, typer.Option(help="Talk; listen (nod where phrases end); idle as long as it lasts.")
]


class Limits(StrEnum):
    """What happens where a joint would bend further than a person's."""

    off = "off"
    warn = "warn"
    enforce = "enforce"


class Keys(StrEnum):
    """How many keys a take has."""

    every = "every"
    reduced = "reduced"
    twos = "twos"


HowManyKeys = Annotated[
    Keys, typer.Option(help="A key on every frame; reduced with handles; poses on twos.")
]
Tolerance = Annotated[
    float, typer.Option(help="Degrees a bone may be off for --keys reduced, 0.1 to 10.")
]


class Preset(StrEnum):
    """What an FBX file is made for."""

    generic = "generic"
    unity = "unity"
    unreal = "unreal"
