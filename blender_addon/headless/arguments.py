# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of `python -m blender_addon.headless.animate`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ..body import homes
from ..errors import GestureError
from ..export.targets import FBX_PRESETS, SUFFIXES
from ..keys import spacing

RIG_SUFFIXES: Final = (".blend", ".fbx", ".glb", ".gltf", ".vrm", ".bvh", ".dae")
SAVED: Final = (".blend", *SUFFIXES)
SMALLEST, LARGEST = 64, 4096  # pixels
KEYS: Final = tuple(kind.lower() for kind in spacing.KINDS)
SLOWEST, FASTEST = 1.0, 240.0  # frames a second


@dataclass(frozen=True)
class Job:
    """What to do; paths are absolute. frames: first and last scene frame kept, or all."""

    motion: Path | None
    rig: Path
    speech: Path | None
    outs: tuple[Path, ...]
    video: Path | None
    preview: Path | None
    mapping: Path | None
    armature: str | None
    fps: float | None
    frames: tuple[int, int] | None
    limits: str
    contacts: bool
    arms_to_fk: bool
    smooth: float
    size: tuple[int, int]
    preset: str
    meshes: bool
    deform_only: bool
    rate: float | None
    mode: str = "talk"
    home: str = ""
    seconds: float = 10.0
    seed: int = 0
    keys: str = "every"
    tolerance: float = 1.0


class Parser(argparse.ArgumentParser):
    """Errors are a GestureError, so that they end like every other bad input."""

    def error(self, message: str) -> NoReturn:
        raise GestureError(f"{message[:1].upper()}{message[1:]}; see --help.")


def parse(argv: Sequence[str]) -> Job:
    """The job that ARGV asks for. Raises GestureError with one sentence if it cannot be done."""
    given = _parser().parse_args(argv)
    job = Job(
        motion=existing(given.motion, "motion") if given.motion else None,
        rig=rig_file_at(given.rig),
        speech=existing(given.speech, "speech") if given.speech else None,
        outs=tuple(_writable(path, SAVED) for path in given.out),
        video=_writable(given.video, (".mp4",)) if given.video else None,
        preview=_writable(given.preview, (".png",)) if given.preview else None,
        mapping=existing(given.map, "bone mapping") if given.map else None,
        armature=given.armature,
        fps=_rate(given.fps),
        frames=_range(given.range),
        limits=given.limits,
        contacts=given.contacts,
        arms_to_fk=given.arms_to_fk,
        smooth=given.smooth,
        size=_size(given.size),
        preset=given.preset,
        meshes=not given.no_meshes,
        deform_only=given.deform_only,
        rate=_rate(given.rate),
        mode=given.mode,
        home=given.home,
        seconds=given.seconds,
        seed=given.seed,
        keys=given.keys,
        tolerance=_degrees(given.tolerance),
    )
    if job.motion is None and job.mode != "idle":
        raise GestureError("Nothing to animate: give --motion, or --mode idle.")
    if not 1.0 <= job.seconds <= 3600.0:
        raise GestureError(f"{job.seconds:g} seconds do not work: choose 1 to 3600.")
    if not (job.outs or job.video or job.preview):
        raise GestureError("Nothing to write: give --out, --video or --preview.")
    return job


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="animate", description="Put a motion on a rig without a window.")
    add = parser.add_argument
    add("--motion", metavar="M.npz", help="directions (T, 42, 3) and fps; phrases for a listener")
    add("--home", choices=homes.NAMES, default="", help="where the hands are, of who does not talk")
    add("--mode", choices=("talk", "listen", "idle"), default="talk", help="what it does")
    add("--seconds", type=float, default=10.0, metavar="N", help="of idling without a motion file")
    add("--seed", type=int, default=0, metavar="N", help="another number, another idling")
    add("--rig", required=True, metavar="R", help=f"an armature: any of {' '.join(RIG_SUFFIXES)}")
    add("--speech", metavar="F", help="its sound goes along, from the take's first frame on")
    add("--out", action="append", default=[], metavar="O", help=f"any of {' '.join(SAVED)}")
    add("--video", metavar="V.mp4", help="a rendered film with sound")
    add("--preview", metavar="P.png", help="a contact sheet: front, side, both hands")
    add("--map", metavar="M.toml", help="bone mapping; detected if left out")
    add("--armature", metavar="NAME", help="which one, if the rig file has several")
    add("--fps", type=float, metavar="N", help="frames a second; the rig file's if left out")
    add("--range", metavar="A:B", help="scene frames to keep, first and last; the take starts at 1")
    add("--limits", choices=("off", "warn", "enforce"), default="enforce", help="joint limits")
    add(
        "--contacts",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep hands out of the body",
    )
    add("--arms-to-fk", action="store_true", help="key IK/FK switches that stand on IK to FK")
    add("--smooth", type=float, default=0.0, metavar="X", help="0 nothing .. 1 very much")
    add("--keys", choices=KEYS, default="every", help="how many keys the take has")
    add("--tolerance", type=float, default=1.0, metavar="N", help="degrees; of --keys reduced")
    add("--size", default="800x600", metavar="WxH", help="of the film in pixels, even numbers")
    add("--preset", choices=FBX_PRESETS, default="", help="for whom an FBX file is meant")
    add("--no-meshes", action="store_true", help="the armature alone")
    add("--deform-only", action="store_true", help="only bones that move a mesh")
    add("--rate", type=float, metavar="N", help="poses a second in exported files; else as --fps")
    return parser


def existing(name: str, what: str) -> Path:
    """The absolute path of the WHAT file NAME. Raises GestureError when there is none."""
    path = Path(name).expanduser().resolve()
    if not path.is_file():
        raise GestureError(f"There is no {what} file '{name}'.")
    return path


def rig_file_at(name: str) -> Path:
    """The absolute path of the rig NAME. Raises GestureError when it cannot be one."""
    path = existing(name, "rig")
    if path.suffix.lower() not in RIG_SUFFIXES:
        raise GestureError(f"'{name}' is no rig: it must be one of {', '.join(RIG_SUFFIXES)}.")
    return path


def _writable(name: str, suffixes: tuple[str, ...]) -> Path:
    path = Path(name).expanduser().resolve()
    if path.suffix.lower() not in suffixes:
        raise GestureError(f"Cannot write '{name}': choose a name ending in {', '.join(suffixes)}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GestureError(f"Cannot make the folder of '{name}': {error.strerror}.") from error
    return path


def _rate(value: float | None) -> float | None:
    if value is not None and not SLOWEST <= value <= FASTEST:
        raise GestureError(
            f"{value:g} frames a second do not work: choose {SLOWEST:g} to {FASTEST:g}."
        )
    return value


def _degrees(value: float) -> float:
    if not spacing.LEAST <= value <= spacing.MOST:
        raise GestureError(
            f"A tolerance of {value:g} degrees does not work: choose {spacing.LEAST:g} to "
            f"{spacing.MOST:g}."
        )
    return value


def _range(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        first, last = (int(part) for part in text.split(":"))
    except ValueError as error:
        raise GestureError(f"'{text}' is no range of frames: write it like 1:240.") from error
    if not 0 <= first < last:
        raise GestureError(f"The range {text} is empty: the last frame must come after the first.")
    return first, last


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError as error:
        raise GestureError(f"'{text}' is no size: write it like 800x600.") from error
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise GestureError(f"A film of {text} does not work: choose {SMALLEST} to {LARGEST}.")
    return width // 2 * 2, height // 2 * 2  # H.264's colours come in blocks of two
