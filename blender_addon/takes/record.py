# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a take: how it was made and what came out, kept in its action as JSON.

A file may come from an older version, a newer one or a stranger: what is missing or is not what it
should be counts as not stored, and what this version does not know is kept as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy

from ..body import homes
from ..body.limits import Overrun
from ..body.skeleton import FPS
from ..checked import built as _built
from ..checked import by_name as _by_name
from ..checked import clamped as _clamped
from ..checked import kind as _kind
from ..checked import natural as _natural
from ..checked import number as _number
from ..checked import one_of as _one_of
from ..checked import optional as _optional
from ..checked import pair as _pair
from ..checked import positive as _positive
from ..checked import several as _several
from ..checked import share as _share
from ..checked import within as _within
from ..keys import actions, spacing
from ..keys.spacing import EVERY, Spacing
from ..motion import moods
from ..motion.mirroring import Recipe
from ..motion.mode import KINDS, MOST_STIR, TALKING, Mode
from ..motion.moods import Moods
from ..motion.quality import OVERLAP, WINDOW_STRIDE
from ..motion.shaping import N_LEVELS, UNSHAPED, Shaping
from ..motion.words import Manner
from ..speech.channels import SIDES
from ..speech.timed_text import Word

if TYPE_CHECKING:
    from bpy.types import Action

Part: TypeAlias = tuple[float, float]  # first and last second of a speech
Style: TypeAlias = list[list[float]]  # rows low, mid, high by levels

VERSION: Final = 2  # 1: files without a version
READ: Final = 16  # records that are remembered by their text: panels ask at each redraw
LIMITS: Final = ("off", "warn", "enforce")
FRAMES: Final = 1_048_574  # Blender's last one
RATES: Final = (0.01, 1_000.0)  # frames a second
SECONDS: Final = (0.01, 86_400.0)  # of a take
RETIRED: Final = frozenset(  # what version 1 stored and nothing reads
    ("add_sound", "only_frames", "only_bones")
)


@dataclass(frozen=True)
class Regenerated:
    """A part that was made anew. frames: first and last, bones: of the rig; None for all."""

    seed: int
    only_frames: tuple[float, float] | None = None
    only_bones: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Record:
    """What is known of a take; a default stands for what is not.

    speech: the file; "" for an idle take, None if it is not stored how the take was made.
    speech_digest: of the file's content, None if not known.
    style: (3, levels) that the engine used; own_style: whether it was asked for, or the picture's.
    home: where its hands are between gestures, "" where the person has them.
    channel: of the speech, left or right, that was heard; "" for all of it.
    voice_only: music and noise made no gestures; takes from before that was so do not say it.
    part: seconds of the speech that it is of, None for all.
    start_frame: on which it was keyed to begin; scene_fps: frames a second of the scene then.
    intensity: the character's when its keys were written, None where it is keyed itself.
    poses, pose_fps: of its motion. stride, overlap: poses from one of the engine's windows to the
    next, and that two share. beyond_limits: poses by joint; overruns: the same in runs;
    touches: poses in which a hand was led out of the body or the other hand.
    regenerated: parts made anew since, the last one last. parts: layer -> the take it is from.
    checkpoint, transcript, fade, images, taken, channel, listen_to, listen_channel, words, moods:
    see TakeRequest.
    manner: of the person, see motion.words, as the engine told it; None for none.
    engine: what it said of itself. relative: setting -> its file from the .blend's folder.
    others: what another version stored.
    """

    speech: str | None = None
    speech_digest: str | None = None
    image: str | None = None
    images: tuple[str, ...] = ()
    identity_seed: int = 0
    identity_other: int = 0
    identity_share: float = 0.0
    seed: int = 0
    energy: float | None = 0.5
    rest: bool | None = True
    home: str = ""
    voice_only: bool | None = False
    style: Style | None = None
    own_style: bool = False
    smoothing: float = 0.0
    limits: str = "enforce"
    contacts: bool = False
    shaping: Shaping = UNSHAPED
    spacing: Spacing = EVERY
    mode: Mode = TALKING
    part: Part | None = None
    variation: Recipe | None = None
    armature_name: str = ""
    start_frame: float | None = None
    scene_fps: float | None = None
    intensity: float | None = None
    poses: int = 0
    pose_fps: float = FPS
    stride: int = WINDOW_STRIDE
    overlap: int = OVERLAP
    beyond_limits: Mapping[str, int] = field(default_factory=dict)
    overruns: tuple[Overrun, ...] = ()
    touches: tuple[int, ...] = ()
    regenerated: tuple[Regenerated, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    checkpoint: str | None = None
    transcript: str | None = None
    words: tuple[Word, ...] = ()
    word_gestures: float = 1.0
    fade: bool | None = True
    taken: tuple[str, ...] | None = None
    moods: Moods = ()
    channel: str = ""
    listen_to: str | None = None
    listen_channel: str = ""
    manner: Manner | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
    relative: Mapping[str, str] = field(default_factory=dict)
    version: int = VERSION
    others: Mapping[str, Any] = field(default_factory=dict)


def of(action: Action | None) -> Record | None:
    """The record of the take ACTION; None for any other action."""
    text = action.get(actions.TAKE_KEY) if action else None
    return read(text) if isinstance(text, str) else None


def damage(action: Action) -> str:
    """What of ACTION's record cannot be read and so counts as not stored; "" if it is sound."""
    text = action.get(actions.TAKE_KEY)
    lost = _read(text)[1] if isinstance(text, str) else ["all"] if text is not None else []
    if not lost:
        return ""
    what = "all of it" if lost == ["all"] else ", ".join(lost)
    return (
        f"The record of '{action.name}' is damaged: {what} cannot be read and counts as not "
        "stored. What stands there is kept as a text when the take changes."
    )


def keep(action: Action, record: Record) -> None:
    """Make RECORD that of ACTION, which is a take from then on; a damaged one becomes a text."""
    if damage(action):
        backup = bpy.data.texts.new(f"{action.name} damaged record")
        backup.write(str(action[actions.TAKE_KEY]))
    action[actions.TAKE_KEY] = written(record)


def change(action: Action, **changes: Any) -> None:
    """Give the record of the take ACTION other values for CHANGES."""
    keep(action, replace(of(action) or Record(), **changes))


def windows(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine TOLD about the windows that it made a motion of; nothing by an older one."""
    return {name: told[name] for name in ("stride", "overlap") if name in told}


def written(record: Record) -> str:
    """RECORD as JSON."""
    plain = asdict(record)
    others = plain.pop("others")
    plain["overruns"] = [list(run.values()) for run in plain["overruns"]]
    text = json.dumps({**others, **plain}, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # Blender keeps no half of a surrogate pair


def read(text: str) -> Record:
    """The record in TEXT; an empty one if that is no JSON of a record."""
    return _read(text)[0]


@lru_cache(maxsize=READ)
def _read(text: str) -> tuple[Record, list[str]]:
    """The record in TEXT, and what of it is not as it should be: names, or "all"."""
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict):
        return Record(), ["all"]
    known, lost = {}, []
    for name, reader in _READERS.items():
        if name not in stored:
            continue
        try:
            known[name] = reader(stored[name])
        except (ValueError, TypeError, KeyError, OverflowError):
            lost.append(name)
    others = {n: v for n, v in stored.items() if n not in _READERS and n not in RETIRED}
    return Record(**known, others=others), lost


# --- checked values: see ``checked`` -----------

_frame: Final = _within(-FRAMES, FRAMES)
_rate: Final = _within(*RATES)


def _word(value: Any) -> Word:
    text, first, last = _kind(list)(value)
    times = _within(-SECONDS[1], SECONDS[1])
    return _kind(str)(text), times(first), times(last)


def _style(value: Any) -> Style:
    rows = [list(row) for row in _several(_several(_share))(value)]
    levels = {len(row) for row in rows}
    if len(rows) != 3 or len(levels) != 1 or not levels <= set(range(1, N_LEVELS + 1)):
        raise ValueError
    return rows


def _level_numbers(value: Any) -> tuple[float, ...]:
    numbers = _several(_number)(value)
    if len(numbers) != N_LEVELS:
        raise ValueError
    return numbers


def _overrun(value: Any) -> Overrun:
    joint, motion, first, last, worst = _kind(list)(value)
    text = _kind(str)
    return Overrun(text(joint), text(motion), _natural(first), _natural(last), _number(worst))


def _manner(value: Any) -> Manner:
    if (found := Manner.of(value)) is None:
        raise ValueError
    return found


_MODE: Final[dict[str, Callable[[Any], Any]]] = {
    "kind": _one_of(KINDS),
    "seconds": _within(*SECONDS),
    "breathing": _clamped(0.0, MOST_STIR),
    "sway": _clamped(0.0, MOST_STIR),
    "look_at": _kind(str),
    "look": _share,
}
_SPACING: Final[dict[str, Callable[[Any], Any]]] = {
    "kind": _one_of(spacing.KINDS),
    "degrees": _clamped(spacing.LEAST, spacing.MOST),
}
_RECIPE: Final[dict[str, Callable[[Any], Any]]] = {
    "seed": _natural,
    "other": _natural,
    "amount": _share,
    "mirrored": _kind(bool),
    "other_hand": _kind(bool),
}
_REGENERATED: Final[dict[str, Callable[[Any], Any]]] = {
    "seed": _natural,
    "only_frames": _optional(_pair(_frame)),
    "only_bones": _optional(_several(_kind(str))),
}
_TEXTS: Final = ("speech", "speech_digest", "image", "checkpoint", "transcript", "listen_to")
_COUNTS: Final = ("identity_seed", "identity_other", "seed", "poses", "overlap", "version")
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_TEXTS, _optional(_kind(str))),
    "images": _several(_kind(str)),
    **dict.fromkeys(_COUNTS, _natural),
    **dict.fromkeys(("identity_share", "smoothing", "word_gestures"), _share),
    "energy": _optional(_share),
    "rest": _optional(_kind(bool)),
    "home": _one_of(("", *homes.NAMES)),
    "voice_only": _optional(_kind(bool)),
    "style": _optional(_style),
    "own_style": _kind(bool),
    "limits": _one_of(LIMITS),
    "contacts": _kind(bool),
    "shaping": _built(Shaping, dict.fromkeys(("strength", "smoothing", "offset"), _level_numbers)),
    "spacing": _built(Spacing, _SPACING),
    "mode": _built(Mode, _MODE),
    "part": _optional(_pair(_within(0.0, SECONDS[1]))),
    "variation": _optional(_built(Recipe, _RECIPE)),
    "armature_name": _kind(str),
    "start_frame": _optional(_frame),
    "scene_fps": _optional(_rate),
    "intensity": _optional(_clamped(0.0, 2.0)),
    "pose_fps": _rate,
    "stride": _positive,
    "beyond_limits": _by_name(_natural),
    "overruns": _several(_overrun),
    "touches": _several(_natural),
    "regenerated": _several(_built(Regenerated, _REGENERATED)),
    "parts": _by_name(_kind(str)),
    "words": _several(_word),
    "fade": _optional(_kind(bool)),
    "taken": _optional(_several(_one_of(("style", "home", "pose")))),
    "moods": _several(moods.read),
    **dict.fromkeys(("channel", "listen_channel"), _one_of(("", *SIDES))),
    "listen_to": _optional(_kind(str)),
    "manner": _optional(_manner),
    "engine": _kind(dict),
    "relative": _by_name(_kind(str)),
}
assert set(_READERS) == {one.name for one in fields(Record)} - {"others"}
