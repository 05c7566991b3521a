# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of BVH files with sound beside them → recordings on the 43-joint skeleton.

The file's up axis, its unit and where the person looks are found in the motion itself: up is
the axis the spine stands along, left is where the left shoulder is, and the person is turned
so as to face the camera (-z) at every moment, by the heading of the hips.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ha2g_engine.body.poses import FACE, HANDS, INDEX, PALM_DOWN, PINKY
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL, unit
from ha2g_engine.data import filters
from ha2g_engine.data.source import Source, Tried, tried
from ha2g_engine.errors import InputError
from ha2g_engine.files import SPEECH_SUFFIXES
from ha2g_engine.speech.audio import load_speech
from ha2g_engine.speech.transcript import Word, read_transcript

from . import bvh
from .joint_map import FINGERS, JointMap, fit

Array = NDArray[np.float64]

SOUNDS: Final = SPEECH_SUFFIXES
TRANSCRIPTS: Final = (".textgrid", ".json", ".srt", ".vtt", ".tsv")  # the surest first
HEADING_SECONDS: Final = 1.0  # sigma: slower turns are walking about, faster ones are gesture
ARMS: Final = {"upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist"}
SIDES: Final = {"L": "left", "R": "right"}
FRAME_SLACK: Final = 0.01  # poses: frame times are written rounded, like 0.033333
SIDEWAYS: Final = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])  # the left and the right arm's
UPRIGHT: Final = 0.7  # cosine: a rest pose whose spine leans more is no pose to measure from


@dataclass(frozen=True)
class Options:
    """How files are read.

    joint_map: a TOML file instead of the best of those known. speaker: a pattern whose first
    group, found in the file's path below the folder, names the speaker; without it the
    subfolder does.
    """

    joint_map: Path | None = None
    speaker: str | None = None


def sources(folder: Path, options: Options = Options()) -> Iterator[Tried]:
    """Each X.bvh with the sound X.wav, and X.TextGrid, X.json, … where there is a transcript.

    Sounds are those of SOUNDS; upper and lower case are the same. Yields an InputError, naming
    the file that is missing or wrong, in a faulty one's place. Raises InputError when there is
    none at all.
    """
    named: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        named.setdefault((path.parent, path.stem.casefold()), []).append(path)
    found = [(p, files) for files in named.values() for p in files if p.suffix.lower() == ".bvh"]
    if not found:
        raise InputError(f"'{folder}' holds no .bvh file: name the folder of the recordings.")
    for path, files in sorted(found):
        files.sort(key=lambda file: file.stem != path.stem)  # its very name first
        yield tried(partial(_recording, folder, path, files, options))


def _recording(folder: Path, path: Path, beside: list[Path], options: Options) -> Source:
    words, remarks = _transcript(beside)
    return Source(
        name=str(path.relative_to(folder).with_suffix("")),
        speaker=speaker_of(path.relative_to(folder), options.speaker),
        directions=directions(path, options.joint_map),
        waveform=load_speech(_sound(path, beside)),
        words=words,
        remarks=remarks,
    )


def _of_kinds(files: list[Path], suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The files with these suffixes, in the order of the suffixes."""
    return (file for suffix in suffixes for file in files if file.suffix.lower() == suffix)


def _sound(path: Path, beside: list[Path]) -> Path:
    found = next(_of_kinds(beside, SOUNDS), None)
    if found is None:
        kinds = ", ".join(SOUNDS[1:-1])
        raise InputError(
            f"'{path}' has no sound: put {path.stem}{SOUNDS[0]}, {kinds} or {SOUNDS[-1]} beside it."
        )
    return found


def _transcript(beside: list[Path]) -> tuple[list[Word] | None, tuple[str, ...]]:
    """The words of the first file that has any, and what is to be said of it and others.

    Data sets keep other things under such names, like faces as .json.
    """
    remarks: list[str] = []
    for file in _of_kinds(beside, TRANSCRIPTS):
        try:
            found = read_transcript(file)
        except InputError as error:
            remarks.append(f"Passed over: {error}")
            continue
        return found.words, (*remarks, *filter(None, [found.remark]))
    return None, tuple(remarks)


def speaker_of(path: Path, pattern: str | None) -> str:
    """The pattern's first group in the path, or the path's folder, or ``speaker``."""
    if pattern is None:
        return path.parent.as_posix() if path.parent != Path() else "speaker"
    try:
        found = re.search(pattern, path.as_posix())
    except re.error as error:
        raise InputError(f"'{pattern}' is no pattern: {error}.") from error
    if found is None or not found.groups():
        raise InputError(f"The pattern '{pattern}' finds no speaker in '{path}' (first group).")
    return found.group(1)


def directions(path: Path, joint_map: Path | None = None) -> NDArray[np.float32]:
    """(T, 42, 3) unit directions at 15 fps of one BVH file, T = 1 + floor(seconds × 15).

    Fingers and face that the file lacks follow the hand and the head as the skeleton's neutral.
    Raises InputError naming the file when joints are missing.
    """
    motion = bvh.read(path)
    roles = fit([joint.name for joint in motion.joints], str(path), joint_map)
    times = np.arange(1 + int(motion.seconds * FPS + FRAME_SLACK)) / FPS
    moving = bvh.at(motion, times)
    reference = _reference(motion, roles, moving)
    turned = _to_engine(moving, roles)
    joints = _joints(moving, roles, reference)
    return unit(np.einsum("tij,tbj->tbi", turned, joints).astype(np.float32))


def _reference(motion: bvh.Motion, roles: JointMap, moving: bvh.Placed) -> bvh.Placed:
    """The rest pose (T = 1), or the first frame where the rest pose does not stand."""
    rest, up = bvh.rest(motion), _up(moving, roles)
    trunk = unit(rest.positions[0, roles.one("head")] - rest.positions[0, roles.roles["spine"][0]])
    if float(trunk @ up) > UPRIGHT:
        return rest
    return bvh.Placed(moving.positions[:1], moving.rotations[:1])


def _up(moving: bvh.Placed, roles: JointMap) -> Array:
    """The axis (3,), of six, nearest to where the spine points on average."""
    trunk = moving.positions[:, roles.one("neck")] - moving.positions[:, roles.roles["spine"][0]]
    mean = trunk.mean(axis=0)
    axis = int(np.abs(mean).argmax())
    return np.asarray(np.eye(3)[axis] * np.sign(mean[axis]))


def _to_engine(moving: bvh.Placed, roles: JointMap, up: Array | None = None) -> Array:
    """(T, 3, 3) the file's frame → x the subject's left, y down, z behind the subject."""
    up = _up(moving, roles) if up is None else up
    pair = "thigh" if {"thigh.L", "thigh.R"} <= roles.roles.keys() else "upper_arm"
    across = (
        moving.positions[:, roles.one(f"{pair}.L")] - moving.positions[:, roles.one(f"{pair}.R")]
    )
    level = across - (across @ up)[:, None] * up
    slow = gaussian_filter1d(level, HEADING_SECONDS * FPS, axis=0, mode="nearest")
    left = slow / np.maximum(np.linalg.norm(slow, axis=-1, keepdims=True), 1e-9)
    down = np.broadcast_to(-up, left.shape)
    return np.stack((left, down, np.cross(left, down)), axis=1)


def _joints(moving: bvh.Placed, roles: JointMap, reference: bvh.Placed) -> Array:
    """(T, 42, 3) bone vectors in the file's frame."""
    place = _chosen(roles, reference)
    vectors = np.zeros((len(moving.positions), len(EXPRESSIVE.bones), 3))
    for bone, (parent, child) in enumerate(EXPRESSIVE.bones):
        if parent in place and child in place:
            vectors[:, bone] = (
                moving.positions[:, place[child]] - moving.positions[:, place[parent]]
            )
    up = _up(moving, roles)
    towards_file = _to_engine(reference, roles, up)[0].T
    if not roles.has_face:
        face = NEUTRAL[list(FACE)] @ towards_file.T
        vectors[:, FACE] = _carried(face, roles.one("head"), moving, reference)
    for side, hand in zip("LR", HANDS, strict=True):
        lacking = [n for n, bone in enumerate(hand) if EXPRESSIVE.bones[bone][1] not in place]
        if lacking:
            still = _neutral_hand(side, hand, roles, reference, towards_file)[lacking]
            bones = [hand[n] for n in lacking]
            vectors[:, bones] = _carried(still, roles.one(f"hand.{side}"), moving, reference)
    return vectors


def _chosen(roles: JointMap, reference: bvh.Placed) -> dict[str, int]:
    """The file's joint for each of ours."""
    place = {"spine": _spine(roles, reference.positions[0]), "neck": roles.one("neck")}
    for letter, side in SIDES.items():
        place |= {f"{side}_{ours}": roles.one(f"{role}.{letter}") for role, ours in ARMS.items()}
        for finger in FINGERS:
            chain = enumerate(roles.finger(finger, letter), 1)
            place |= {f"{side}_{finger}_{n}": joint for n, joint in chain}
        if roles.has_face:
            place |= {f"{side}_{part}": roles.one(f"{part}.{letter}") for part in ("eye", "ear")}
    return place | ({"nose": roles.one("nose")} if roles.has_face else {})


def _spine(roles: JointMap, rest: Array) -> int:
    """The spine joint as far below the neck, against the shoulders, as our ``spine`` is."""
    lengths = filters.proportions(EXPRESSIVE)
    neck = rest[roles.one("neck")]
    shoulders = [np.linalg.norm(rest[roles.one(f"upper_arm.{s}")] - neck) for s in "LR"]
    wanted = lengths[0] / lengths[1:3].mean() * np.mean(shoulders)
    return min(
        (*roles.roles.get("hips", ()), *roles.roles["spine"]),
        key=lambda joint: abs(np.linalg.norm(rest[joint] - neck) - wanted),
    )


def _carried(still: Array, joint: int, moving: bvh.Placed, reference: bvh.Placed) -> Array:
    """Vectors (n, 3) of the reference pose carried along by a joint → (T, n, 3)."""
    turn = moving.rotations[:, joint] @ reference.rotations[0, joint].T
    return np.asarray(np.einsum("tij,nj->tni", turn, still))


def _neutral_hand(
    side: str, hand: tuple[int, ...], roles: JointMap, reference: bvh.Placed, towards_file: Array
) -> Array:
    """(15, 3) the neutral's hand in line with the reference pose's forearm.

    The palm is down where the arm is held out sideways, and turns with it: towards the thigh
    where the arm hangs.
    """
    elbow, wrist = (reference.positions[0, roles.one(f"{r}.{side}")] for r in ("forearm", "hand"))
    neutral = NEUTRAL[list(hand)].astype(np.float64)
    forward = neutral[INDEX] + neutral[PINKY]
    own = _palm(forward, np.cross(neutral[INDEX], neutral[PINKY]))
    out, down = (towards_file @ way["LR".index(side)] for way in (SIDEWAYS, PALM_DOWN))
    ahead = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    return np.asarray(neutral @ own @ _palm(ahead, _swung(down, out, ahead)).T)


def _swung(vector: Array, start: Array, end: Array) -> Array:
    """VECTOR, at right angles to START, after the shortest turn from START to END (unit)."""
    middle = start + end
    return np.asarray(vector - (vector @ end) / (1 + start @ end + 1e-6) * middle)


def _palm(forward: Array, normal: Array) -> Array:
    """(3, 3) columns forward, normal, across."""
    ahead = forward / np.linalg.norm(forward)
    across = np.cross(ahead, normal)
    across /= np.linalg.norm(across)
    return np.stack((ahead, np.cross(across, ahead), across), axis=-1)
