# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rigs.portraits`: pictures of characters in given poses.

Reference images for HA2G's identity encoder: light, colours, background, clothes, build and
camera are random, so that only the pose tells speakers apart. Exit status as for `animate`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile

import numpy as np

from blender_addon.body.skeleton import N_BONES, checked
from blender_addon.errors import GestureError
from blender_addon.headless.arguments import Parser, existing, rig_file_at
from blender_addon.headless.console import Console, run_quietly

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.typing import NDArray

    from blender_addon.body.rotations import Floats

RIGS: Final = Path(__file__).resolve().parents[1]
CHARACTER: Final = RIGS / "rocketbox" / "Male_Adult_04.fbx"
PEOPLE_FILE: Final = RIGS / "makehuman" / "people.npz"
PEOPLE: Final = 48  # different ones
PEOPLE_SHARE: Final = 0.75  # of the pictures; the rest shows the character


@dataclass(frozen=True)
class Body:
    """Who sits: a rig file's character, or PERSON of the people in a file; SHARE of pictures."""

    file: Path
    person: int | None = None
    share: float = 1.0

    @property
    def name(self) -> str:
        """For a person who waits."""
        return self.file.stem if self.person is None else f"person {self.person}"


@dataclass(frozen=True)
class Job:
    """What to do. count: pictures a speaker (None: one for every pose)."""

    poses: Path
    out: Path
    count: int | None
    seed: int
    bodies: tuple[Body, ...]


@dataclass(frozen=True)
class Picture:
    """One picture to be. pose: its row in the file of poses; body: who sits for it."""

    speaker: int
    number: int
    pose: int
    body: Body

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.speaker:02d}_{self.number:05d}.png"


@dataclass(frozen=True)
class PosesToShow:
    """What the file of poses holds.

    directions: (N, 42, 3) unit, engine frame. speakers: (N,). close: (N,), whether head and
    shoulders alone are to be in view. hidden: (N, 2), whether the left and right hand are not.
    """

    directions: Floats
    speakers: NDArray[np.int64]
    close: NDArray[np.bool_]
    hidden: NDArray[np.bool_]


def main(argv: Sequence[str]) -> int:
    """Do what ARGV asks for and return the exit status."""
    try:
        job = parse(argv)
    except GestureError as error:
        print(error, file=sys.stderr)
        return 2
    return run_quietly(partial(run, job), "Rendering portraits")


def run(job: Job, console: Console) -> None:
    """Render every picture of JOB that is not there. Raises GestureError."""
    poses = read_poses(job.poses)
    planned = plan(poses.speakers, job)
    missing = [picture for picture in planned if not (job.out / picture.name).exists()]
    start, done = time.monotonic(), 0
    for body in job.bodies:
        mine = [picture for picture in missing if picture.body == body]
        if mine:
            _render(job, mine, poses)
            done += len(mine)
            console.progress(f"{body.name}: {done} of {len(missing)} pictures")
    seconds = time.monotonic() - start
    each = f", {1000 * seconds / done:.0f} ms each" if done else ""
    there = len(planned) - done
    console.result(
        f"wrote {done} pictures to {job.out} in {seconds:.1f} s{each}; {there} were there"
    )


# --- input --------------------------------------------------------------------------------


def parse(argv: Sequence[str]) -> Job:
    """The job that ARGV asks for. Raises GestureError with one sentence if it cannot be done."""
    given = _parser().parse_args(argv)
    if given.count is not None and given.count < 1:
        raise GestureError(f"--count {given.count} asks for no pictures: choose 1 or more.")
    if given.seed < 0:
        raise GestureError(f"--seed {given.seed} does not work: choose 0 or more.")
    return Job(
        poses=existing(given.poses, "pose"),
        out=_folder(given.out),
        count=given.count,
        seed=given.seed,
        bodies=_bodies(given.rig or ()),
    )


def _parser() -> Parser:
    parser = Parser(prog="portraits", description=__doc__)
    add = parser.add_argument
    add(
        "--poses",
        required=True,
        metavar="POSES.npz",
        help="directions (N, 42, 3), speaker (N,), close (N,), hidden (N, 2)",
    )
    add("--out", required=True, metavar="FOLDER", help="for pictures named SPEAKER_NUMBER.png")
    add("--count", type=int, metavar="N", help="pictures a speaker; one for each pose if left out")
    add("--seed", type=int, default=0, metavar="S", help="the same seed gives the same pictures")
    add("--rig", action="append", metavar="R", help="a character (may be given several times)")
    return parser


def _bodies(rigs: Sequence[str]) -> tuple[Body, ...]:
    if rigs:
        return tuple(Body(rig_file_at(name)) for name in dict.fromkeys(rigs))
    for shipped in (PEOPLE_FILE, CHARACTER):
        if not shipped.is_file():
            raise GestureError(f"'{shipped}' is missing: name a character with --rig.")
    people = [Body(PEOPLE_FILE, i, PEOPLE_SHARE / PEOPLE) for i in range(PEOPLE)]
    return (*people, Body(CHARACTER, share=1.0 - PEOPLE_SHARE))


def _folder(name: str) -> Path:
    path = Path(name).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GestureError(f"Cannot make the folder '{name}': {error.strerror}.") from error
    return path


def read_poses(path: Path) -> PosesToShow:
    """The npz file PATH, of which ``close`` and ``hidden`` may be left out.

    Raises GestureError when it is none such.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            directions = np.asarray(content["directions"], np.float64)
            speakers = np.asarray(content["speaker"])
            close = np.asarray(content["close"] if "close" in content else speakers * 0, bool)
            shown = np.zeros((*speakers.shape, 2))
            hidden = np.asarray(content.get("hidden", shown), bool)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as error:
        raise GestureError(
            f"'{path.name}' holds no poses: make an npz file with `directions` (N, {N_BONES}, 3) "
            "and `speaker` (N,)."
        ) from error
    try:
        directions = checked(directions)
    except GestureError as error:
        raise GestureError(f"'{path.name}': {error}") from error
    if speakers.shape != (len(directions),) or not np.issubdtype(speakers.dtype, np.integer):
        raise GestureError(
            f"'{path.name}' names no speaker for each of its {len(directions)} poses: "
            "`speaker` must be as many whole numbers."
        )
    if speakers.min() < 0:
        raise GestureError(f"'{path.name}' has a speaker below 0: number them from 0.")
    if close.shape != speakers.shape:
        raise GestureError(f"'{path.name}': `close` must say yes or no for each pose.")
    if hidden.shape != (*speakers.shape, 2):
        raise GestureError(
            f"'{path.name}': `hidden` must say yes or no for both hands of each pose."
        )
    return PosesToShow(directions, speakers.astype(np.int64), close, hidden)


def plan(speakers: NDArray[np.int64], job: Job) -> list[Picture]:
    """The pictures of every speaker; poses in a random order, again from the start if too few."""
    planned = []
    shares = np.array([body.share for body in job.bodies])
    shares /= shares.sum()
    for speaker in (int(s) for s in np.unique(speakers)):
        rows = np.flatnonzero(speakers == speaker)
        order = np.random.default_rng([job.seed, speaker]).permutation(rows)
        for number in range(job.count or len(rows)):
            random = np.random.default_rng([job.seed, speaker, number, 0])
            body = job.bodies[int(random.choice(len(job.bodies), p=shares))]
            planned.append(Picture(speaker, number, int(order[number % len(rows)]), body))
    return planned


# --- output -------------------------------------------------------------------------------


def _render(job: Job, pictures: Sequence[Picture], poses: PosesToShow) -> None:
    """All PICTURES of one body."""
    from blender_addon.headless import pixels

    from . import sitters

    body = pictures[0].body
    sitter = sitters.seat(_load(body, job.seed))
    with tempfile.TemporaryDirectory() as folder:
        for picture in pictures:
            random = np.random.default_rng([job.seed, picture.speaker, picture.number, 1])
            row, file = picture.pose, Path(folder) / "render.png"
            how = sitters.View(bool(poses.close[row]), tuple(poses.hidden[row].tolist()))
            seen = sitters.portrait(sitter, poses.directions[row], file, random, how)
            pixels.save(seen, job.out / picture.name)


def _load(body: Body, seed: int) -> Object:
    """The armature of BODY, alone in the scene."""
    from blender_addon.headless import rig_file

    from . import people

    if body.person is None:
        return rig_file.load(body.file)
    return people.build(people.read(body.file), np.random.default_rng([seed, body.person, 2]))
