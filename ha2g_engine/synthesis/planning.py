# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take is going to do: a plan drawn for a speech and a person, and its z(t) by windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, WINDOW_FRAMES
from ha2g_engine.gestures import meanings, planner, tags
from ha2g_engine.gestures.plan import Plan, codes_over_time
from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire
from ha2g_engine.models.network import Array, Network
from ha2g_engine.speech import audio, prosody, rhythm
from ha2g_engine.speech.activity import spoken
from ha2g_engine.speech.transcript import Word

from .session import Hearing
from .windows import Starts


@dataclass(frozen=True)
class Planner:
    """Plans from the gestures that a model knows.

    places: (S, 16) f_id of the people it was trained on; hands: their shares of strokes by the
    left hand, the right and both. Both are empty where it knows none.
    """

    repertoire: Repertoire
    places: Array
    hands: Sequence[tuple[float, float, float]]

    @classmethod
    def of(cls, network: Network, notes: dict[str, Any]) -> Planner | None:
        """What a checkpoint with these notes can plan; None where it has no gestures."""
        if not network.config.n_gestures:
            return None
        facts = tuple(Facts.of(row) for row in notes["gestures"])
        places = np.array(notes.get("places", []), np.float32)
        return cls(Repertoire(facts, network.gestures), places, notes.get("hands", []))

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
        sound = audio.read_speech(speech)
        heard = _accents(sound.waveform, audio.loudness(sound.waveform, sound.frames))
        known = {meaning for fact in self.repertoire.facts for meaning in fact.meanings}
        return [
            one
            for one in meanings.meant(words, heard)
            if (tags.asked(one.meaning, self.repertoire) if one.tagged else one.meaning in known)
        ]

    def another(self, plan: Plan, number: int, seed: int, identity: Array) -> Plan:
        """The plan with another gesture, that this person would make, for stroke ``number``."""
        return planner.another(plan, number, self.repertoire, seed, self.taste(identity))

    def taste(self, identity: Array) -> planner.Taste:
        """What a person with this f_id prefers: the hands of whom they are most like."""
        feature = identity.reshape(-1)[: self.places.shape[-1] if self.places.size else CODE]
        person = feature.astype(np.float64)
        likes = person[:CODE] / np.sqrt(CODE)
        if not self.places.size or identity.ndim != 2:
            return planner.Taste(likes=likes)
        nearest = int(np.linalg.norm(self.places - person, axis=1).argmin())
        left, right, both = self.hands[nearest]
        return planner.Taste((left, right, both), likes)

    def codes(self, plan: Plan, felt: NDArray[np.float64], starts: Starts) -> Array:
        """(W, 34, K) z(t) in the windows that start at ``starts`` (W,); felt: as in ``Hearing``.

        Raises InputError for a plan with a gesture that the model does not know.
        """
        track = codes_over_time(plan, self.repertoire, felt, int(starts[-1]) + WINDOW_FRAMES)
        return np.stack([track[start : start + WINDOW_FRAMES] for start in starts])

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
