# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take is made from, and the take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import Skeleton
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.errors import InputError
from ha2g_engine.gestures import hand_shapes
from ha2g_engine.gestures.held import Held
from ha2g_engine.gestures.homes import homes
from ha2g_engine.gestures.moods import Mood
from ha2g_engine.gestures.plan import Plan
from ha2g_engine.speech.sound_file import SIDES
from ha2g_engine.speech.transcript import Word, load_transcript

from .manner import Manner

Array = NDArray[np.float32]

LARGEST_SEED: Final = (1 << 31) - 1
LARGEST_SHARE: Final = 1e6  # of a style's column, before they are made to sum to 1
SPEAKERS_NAMED: Final = 10  # in a sentence
ENERGY: Final = 0.5  # of models of ours, where nothing is said
TAKEN: Final = ("style", "home", "pose")  # what pictures can give
ROUNDING: Final = 1e-6  # by which the sum of a normalised style column may differ from 1


@dataclass(frozen=True)
class Settings:
    """What a take is made from, beside the speech.

    images: reference pictures of the person. identity_seed: an imagined person when there is
    no picture; of models that know speakers by number, that one, over again past the last.
    identity_other, identity_share: another such person, and how much of them, 0 to 1. seed:
    which gestures; 0 for the most typical ones (z = mu) of a model without plans. style: (3, H)
    rows low, mid, high, or None for the identity's own. transcript: a file of any form that
    ``read_transcript`` knows. rest: return to the rest pose in silence. energy: how much the size
    of gestures follows the loudness, 0 to 1. fade: lead each window on from the one before; else
    cross-fade them, as published. None of these three is as the model is meant: see ``meant``.
    plan: of which gesture strokes when, as an earlier take had it; None draws one by the seed.
    home: where hands are between gestures, by name (``gestures.homes``); "" where the person has
    them, None as the network alone moves them. taken: of TAKEN, what the pictures give: how the
    person moves, where hands rest, the pose that the take begins in; None as before people were
    looked for in pictures: the first two, by what the network sees in them.
    words: with their times, in place of a transcript. word_gestures: the share of gestures that
    words ask for which come, the surest first, 0 to 1. moods: ranges of the speech, in order.
    held: shapes of the hands beside those of the plan.
    channel: of the speech, "left" or "right", heard alone; "" for all. listen_to: a sound file of
    whom the person listens to, or that channel of it; it may be the speech's own file.
    voice_only: music and noise make no gestures; None as the model is meant, too.
    """

    images: Sequence[str | Path] = ()
    identity_seed: int = 0
    seed: int = 0
    style: Array | None = None
    transcript: str | Path | None = None
    rest: bool | None = None
    energy: float | None = None
    fade: bool | None = None
    plan: Plan | None = None
    home: str | None = None
    words: tuple[Word, ...] | None = None
    word_gestures: float = 1.0
    moods: tuple[Mood, ...] = ()
    held: Sequence[Held] = ()
    channel: str = ""
    listen_to: str | Path | None = None
    listen_channel: str = ""
    voice_only: bool | None = None
    taken: Sequence[str] | None = None
    identity_other: int = 0
    identity_share: float = 0.0

    def takes(self, what: str) -> bool:
        """Whether the pictures, if there are any, give WHAT, one of TAKEN."""
        given = TAKEN[:2] if self.taken is None else self.taken
        return bool(self.images) and what in given

    @property
    def person(self) -> tuple[object, ...]:
        """What, beside the pictures, says who moves, and from which pose on."""
        mixed = (self.identity_other, self.identity_share) if self.identity_share else ()
        return self.identity_seed, *mixed, self.takes("style"), self.takes("pose")

    def __post_init__(self) -> None:
        """Raises InputError for numbers that no take can be made from."""
        people = (("identity seed", self.identity_seed), ("identity seed", self.identity_other))
        for name, seed in (("seed", self.seed), *people):
            if not 0 <= seed <= LARGEST_SEED:
                raise InputError(f"The {name} {seed} does not work: choose 0 to {LARGEST_SEED}.")
        shares = {"energy": self.energy, "word gestures": self.word_gestures}
        for name, share in {**shares, "mixture": self.identity_share}.items():
            if share is not None and not 0 <= share <= 1:
                raise InputError(f"The {name} {share} does not work: choose 0 to 1.")
        for channel in (self.channel, self.listen_channel):
            if channel not in ("", *SIDES):
                raise InputError(f"There is no channel '{channel}': choose left or right.")
        for one in self.held:
            hand_shapes.check(one.shape)
        if self.home:
            homes().pose(self.home)
        if wrong := sorted(set(self.taken or ()) - set(TAKEN)):
            raise InputError(f"Pictures give no '{wrong[0]}': choose of {', '.join(TAKEN)}.")

    @property
    def sound(self) -> tuple[str, bool]:
        """What of a speech is heard: as ``cleaning.hear`` is asked for it."""
        return self.channel, bool(self.voice_only)

    @property
    def texts(self) -> list[str | Path]:
        """The transcript's file, if there is one."""
        return [self.transcript] if self.transcript else []

    @property
    def has_words(self) -> bool:
        """Whether it is known what is said."""
        return self.words is not None or bool(self.transcript)

    def said(self) -> list[Word]:
        """What is said; nothing where that is not known. Raises as ``load_transcript``."""
        if self.words is not None:
            return list(self.words)
        return load_transcript(self.transcript) if self.transcript else []

    def check_unplanned(self, checkpoint: str) -> None:
        """Raise InputError for what only a model can do that plans gestures, as this one not."""
        if self.home:
            raise InputError(
                f"'{checkpoint}' plans no gestures, between which hands would be "
                f"'{self.home}': leave the home posture to it."
            )
        if self.held:
            raise InputError(
                f"'{checkpoint}' plans no gestures, beside which hands would have shapes: "
                "leave the hand shapes to the fingers of its motion."
            )

    def meant(self, notes: Mapping[str, Any]) -> Settings:
        """With what was left to the model of these notes.

        A published checkpoint (its notes name their ``source``) moves as published: what the
        network says to all that is heard, cross-faded. Ours rest in silence, where their person
        has the hands, grow with loudness, lead on, and hear voices alone.
        """
        ours = "source" not in notes
        rest = ours if self.rest is None else self.rest
        return replace(
            self,
            rest=rest,
            home="" if self.home is None and ours and rest else self.home,
            energy=ENERGY * ours if self.energy is None else self.energy,
            fade=ours if self.fade is None else self.fade,
            voice_only=ours if self.voice_only is None else self.voice_only,
        )


@dataclass(frozen=True)
class Take:
    """directions: (T, bones, 3) float32 unit. style: (3, H). seed: as asked.

    levels_run: body levels that ran, over all windows; fewer when only the style changed. plan:
    what it was made by, of a model that knows gestures. strokes: of it, with all edits, as people
    read them. manner: the person's, of models that have persons. cut: the windows it was made in.
    moods: as asked. attention: (T,) how far who talks with another looks at them, 0 to 1.
    """

    directions: Array
    style: Array
    seed: int
    skeleton: Skeleton
    levels_run: int = 0
    plan: Plan | None = None
    strokes: Sequence[Mapping[str, Any]] = ()
    manner: Manner | None = None
    attention: Array | None = None
    cut: Windows = PUBLISHED
    words: tuple[Word, ...] | None = None
    word_gestures: float = 1.0
    moods: tuple[Mood, ...] = ()

    def __post_init__(self) -> None:
        """Raises InputError where a model gave what is no motion: its weights are damaged."""
        if not (np.isfinite(self.directions).all() and np.isfinite(self.style).all()):
            raise InputError(
                "The checkpoint gives numbers that are no motion: download or train it again."
            )


def speaker_seed(notes: Mapping[str, Any], name: str) -> int:
    """The identity seed of the speaker NAME of a checkpoint with NOTES.

    Raises InputError for a model that knows none by name, or not this one, naming some.
    """
    names: list[str] = list(notes.get("speakers", ()))
    if not names:
        raise InputError("This checkpoint knows no speaker by name: choose an identity seed.")
    if name not in names:
        some = ", ".join(names[:SPEAKERS_NAMED]) + (" …" if len(names) > SPEAKERS_NAMED else "")
        raise InputError(f"This checkpoint knows no speaker '{name}': it knows {some}.")
    return names.index(name)


def normalised_style(style: Array, levels: int) -> Array:
    """(3, levels) with columns that sum to 1; raises InputError for another shape."""
    style = np.asarray(style, np.float32)
    if style.shape != (3, levels):
        raise InputError(
            f"The style has shape {style.shape}: expected 3 rows (low, mid, high) "
            f"of {levels} levels."
        )
    usable = (style >= 0) & (style < LARGEST_SHARE)  # NaN is neither
    if not usable.all() or (style.sum(axis=0) <= 0).any():
        raise InputError("The style needs a number above zero in every column, none below zero.")
    total = style.sum(axis=0)
    total[np.abs(total - 1) < ROUNDING] = 1  # a column that came from here must stay as it is
    return np.asarray(style / total, np.float32)
