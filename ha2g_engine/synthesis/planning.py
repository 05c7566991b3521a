# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take is going to do: a plan drawn for a speech and a person, and its z(t) by windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.gestures import edits, hand_shapes, meanings, moods, planner, tags
from ha2g_engine.gestures.moods import Mood
from ha2g_engine.gestures.plan import Plan, codes_over_time, lifted
from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire
from ha2g_engine.models.network import Array, Network
from ha2g_engine.speech import audio, prosody, rhythm
from ha2g_engine.speech.activity import spoken
from ha2g_engine.speech.transcript import Word
from ha2g_engine.speech.voices import cleaning

from .finishing import ALL
from .manner import Manner, nearest
from .session import Hearing
from .windows import Starts

DOUBTED: Final = 0.7  # of the next one's distance: beyond, 37 % of 35 renders were told right


@dataclass(frozen=True)
class Sitter:
    """Somebody in the home posture ``home`` who gestures like speaker ``like``.

    place: (16,) f_id of their pictures.
    """

    home: str
    like: int
    place: Array


@dataclass(frozen=True)
class Planner:
    """Plans from the gestures that a model knows.

    frames: of a window. places: (S, 16) f_id of the people it was trained on; hands: their shares
    of strokes by the left hand, the right and both. sitters: people that only its eyes were
    trained on. All are empty where it knows none.
    """

    frames: int
    repertoire: Repertoire
    places: Array
    hands: Sequence[tuple[float, float, float]]
    sitters: Sequence[Sitter] = ()

    @classmethod
    def of(cls, network: Network, notes: dict[str, Any]) -> Planner | None:
        """What a checkpoint with these notes can plan; None where it has no gestures."""
        if not network.config.n_gestures:
            return None
        facts = tuple(Facts.of(row) for row in notes["gestures"])
        places = np.array(notes.get("places", []), np.float32)
        sitters = [Sitter(h, like, np.array(p)) for h, like, p in notes.get("sitters", ())]
        known = Repertoire(facts, network.gestures)
        hands = notes.get("hands", [])
        return cls(network.config.frames, known, places, hands, sitters)

    def seen(self, identity: Array) -> tuple[Array, str]:
        """F_id (1, 16) of pictures → the f_id to move by, and the home posture that they show.

        Who is nearest to somebody pictured only moves as the speaker that one is like, or, hardly
        nearer to that one than to others, as the nearest speaker.
        """
        if not self.sitters:
            return identity, ""
        person = identity[0].astype(np.float64)
        found, (first, second) = nearest(person, self.known)
        if found < len(self.places):
            return identity, ""
        if first > DOUBTED * second:
            return self.places[nearest(person, self.places)[0]][None], ""
        sitter = self.sitters[found - len(self.places)]
        return self.places[sitter.like][None], sitter.home

    def plan(
        self,
        hearing: Hearing,
        identity: Array,
        seed: int,
        words: Sequence[Word] = (),
        said_share: float = 1.0,
    ) -> Plan:
        """Drawn for what is heard and said, as this person would; the same for the same seed.

        said_share: of what the words ask for, the surest first.
        """
        wave = hearing.sound.waveform
        heard = _accents(wave, hearing.loudness)
        random = np.random.default_rng(seed)
        return planner.drawn(
            heard, prosody.pauses(wave), hearing.sound.seconds, self.repertoire, random,
            self.taste(identity), meanings.meant(words, heard), said_share=said_share,
        )  # fmt: skip

    def suggested(self, speech: str | Path, words: Sequence[Word]) -> list[meanings.Meant]:
        """What the words of SPEECH ask for, of that for which there is a gesture.

        Raises InputError for a speech that cannot be read.
        """
        sound = cleaning.hear(speech)
        heard = _accents(sound.waveform, audio.loudness(sound.waveform, sound.frames))
        known = {meaning for fact in self.repertoire.facts for meaning in fact.meanings}
        return [
            one
            for one in meanings.meant(words, heard)
            if (tags.asked(one.meaning, self.repertoire) if one.tagged else one.meaning in known)
        ]

    def changed(self, plan: Plan, change: edits.Change, identity: Array) -> Plan:
        """The plan with a change, see ``edits.changed``; what is drawn this person would make."""
        return edits.changed(plan, change, self.repertoire, self.taste(identity))

    def acted(self, plan: Plan, ranges: Sequence[Mood], identity: Array) -> Plan:
        """The plan in moods: see ``moods.acted``; what is drawn this person would make."""
        return moods.acted(plan, ranges, self.repertoire, self.taste(identity))

    @cached_property
    def listed(self) -> list[edits.Row]:
        """The gestures: see ``edits.listed``."""
        return edits.listed(self.repertoire)

    def described(self, plan: Plan) -> list[edits.Row]:
        """The strokes: see ``edits.described``."""
        return edits.described(plan, self.repertoire)

    def taste(self, identity: Array) -> planner.Taste:
        """What a person with this f_id prefers: the hands of whom they are most like."""
        feature = identity.reshape(-1)[: self.places.shape[-1] if self.places.size else CODE]
        person = feature.astype(np.float64)
        likes = person[:CODE] / np.sqrt(CODE)
        if not self.places.size or identity.ndim != 2:
            return planner.Taste(likes=likes)
        left, right, both = self.hands[nearest(person, self.places)[0]]
        return planner.Taste((left, right, both), likes)

    @cached_property
    def known(self) -> Array:
        """(N, 16) f_id of the speakers, then of who is only pictured."""
        return np.stack([*self.places, *(sitter.place for sitter in self.sitters)])

    def manner(self, identity: Array, home: str) -> Manner:
        """How a person moves whose pictures have this f_id and whose hands are at HOME."""
        if not self.places.size or identity.ndim != 2:
            return Manner(home, self.taste(identity).hands)
        hands = self.taste(self.seen(identity)[0]).hands
        return Manner(home, hands, nearest(identity[0].astype(np.float64), self.known)[1])

    def codes(self, plan: Plan, felt: NDArray[np.float64], starts: Starts) -> Array:
        """(W, 34, K) z(t) in the windows that start at ``starts`` (W,); felt: as in ``Hearing``.

        Raises InputError for a plan with a gesture that the model does not know.
        """
        track = codes_over_time(plan, self.repertoire, felt, int(starts[-1]) + self.frames)
        return np.stack([track[start : start + self.frames] for start in starts])

    def lifted(self, plan: Plan, frames: int, span: slice = ALL) -> NDArray[np.float64]:
        """The ``span`` of (2, frames): how far left and right are in a gesture, 0 at home."""
        return lifted(plan, self.repertoire, (np.arange(frames) / FPS)[span])

    def shaped(self, moved: Array, plan: Plan) -> Array:
        """A motion with the hand shapes that the plan asks for, as it is without its edits."""
        if plan.held:
            moved = hand_shapes.kept(moved, plan.held, self.lifted(plan, len(moved)))
        return hand_shapes.shaped(moved, plan.strokes)

    @property
    def stillness(self) -> Array:
        """(1, 34, K) z(t) while nothing is planned."""
        return self.codes(Plan(), np.zeros((0, rhythm.NUMBERS)), np.zeros(1, np.int64))


def _accents(wave: Array, loudness: NDArray[Any]) -> list[prosody.Accent]:
    """Those of somebody who speaks."""
    talking = spoken(loudness)
    return [a for a in prosody.accents(wave) if talking[_frame(a.time, talking)]]


def _frame(time: float, frames: NDArray[Any]) -> int:
    return min(int(time * FPS), len(frames) - 1)
