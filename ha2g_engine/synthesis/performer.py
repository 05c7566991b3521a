# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of any length → gestures: windows that lead on from each other, resting in silence.

Arrays alone, whatever computes the network: see ``models.network``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, Skeleton
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.edits import Change
from ha2g_engine.gestures.plan import Plan
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.network import Array, Features, Guide, Network, blend, shown
from ha2g_engine.speech import audio, rhythm

from . import mooded, people
from .at_home import homeward, waiting
from .directing import Made, directed
from .editing import Editing, known_by
from .finishing import calmed, energise, finished, joined, settle, speech_activity
from .listening import heard_by, listened, own_voice
from .manner import PICTURED, Manner, home_of
from .pictured import Eyes, begun, first_poses, resting
from .planning import Planner
from .session import Hearing, Performance, Recent, stamp
from .settings import Settings, Take, normalised_style
from .windows import (
    AUDIO_SHARE,
    Progress,
    Starts,
    WindowPredictor,
    let_go,
    silent_speech,
    sound_windows,
    unrolled,
    window_starts,
    word_windows,
)

MARGIN: Final = 8  # frames after those that are looked at that are performed, too
EDITS: Final = 24  # of strokes that stay in memory, performed and as motion
HOMES: Final = 64  # of people, in memory
AUDIO_BATCH: Final = 8  # windows the audio learner hears at once

Look = Callable[[Sequence[str | Path]], Array]  # pictures of one person → (K, 3, 224, 224)


class Performer:
    """A loaded checkpoint, ready to make takes.

    It remembers the last speeches it heard and performed: see ``session``. network: None of a
    baseline, which has no style and no identity. look: reads pictures. computed_by: what computes
    it, for the record.
    """

    def __init__(
        self,
        checkpoint: str,
        network: Network | None,
        config: ModelConfig,
        notes: dict[str, Any],
        look: Look,
        computed_by: Mapping[str, str],
        device: str = "cpu",
    ) -> None:
        self.checkpoint, self.config, self.notes = checkpoint, config, notes
        self.cut, self.computed_by, self.device = config.windows, computed_by, device
        self._network, self._look = network, look
        self.planner = Planner.of(network, notes) if network else None
        self.forget()

    @property
    def network(self) -> Network:
        """The network. Raises InputError for a baseline."""
        if self._network is None:
            raise InputError(
                f"'{self.checkpoint}' is a baseline without style or identity from pictures: "
                "leave the picture and the style out."
            )
        return self._network

    def forget(self) -> None:
        """Drop the speeches that were heard."""
        self.hearings: Recent[Hearing] = Recent()
        self.performances: Recent[Performance] = Recent()
        self.changes: Recent[Performance] = Recent(EDITS)
        self.people: Recent[Array] = Recent()
        self.eyes = Eyes(self.skeleton)
        self.homes: Recent[Array] = Recent(HOMES)
        self.edited: Recent[Made] = Recent(EDITS)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the directions this model makes."""
        return self.config.table

    @property
    def knows_words(self) -> bool:
        """Whether a transcript changes anything."""
        return bool(self.config.n_words) or self.planner is not None

    def identity(self, settings: Settings) -> Array:
        """f_id of the pictures, or of the identity seed when there are none."""
        if settings.takes("style"):
            return self._seen(settings)[0]
        return people.imagined(settings, self.network, self.config)

    def described(self, seed: int) -> people.Row:
        """How the imagined person SEED moves, in plain values: see ``people.on_map``."""
        person = Settings(identity_seed=seed)
        hands = self.planner.taste(self.identity(person)).hands if self.planner else None
        return {"seed": seed, "style": self.style(person).tolist(), "hands": hands}

    def home(self, settings: Settings) -> str:
        """The home posture that is asked for, else the one that pictures show; "" for neither."""
        return settings.home or (self._seen(settings)[1] if settings.takes("home") else "")

    def _seen(self, settings: Settings) -> tuple[Array, str]:
        """The f_id to move by, and the home posture that the pictures show, "" the person's."""
        found = self._found(settings)
        return self.planner.seen(found) if self.planner else (found, "")

    def _found(self, settings: Settings) -> Array:
        """f_id of the pictures."""
        images = settings.images
        return self.people.get(stamp(*images), lambda: self.network.person(self._look(images)))

    def style(self, settings: Settings) -> Array:
        """(3, H) the asked style with its columns normalised, or the identity's own."""
        return self._style(settings, self.identity(settings))

    def manner(self, settings: Settings) -> Manner:
        """How the person of SETTINGS moves."""
        identity = self.identity(settings)
        return self._manner(settings, identity, self._persons_home(identity, settings))

    def edit(self, plan: Plan, change: Change, settings: Settings) -> Plan:
        """The plan with one more edit: see ``gestures.edits.changed``.

        Raises InputError for a model without gestures, and for a change that cannot be made.
        """
        known, acted = self._known_gestures, self.acted(plan, settings)
        changed = known.changed(acted, change, self.identity(settings))
        return replace(plan, edits=changed.edits, held=changed.held)

    def repertoire(self) -> list[dict[str, Any]]:
        """The gestures: see ``gestures.edits.listed``. Raises InputError for a model without."""
        return self._known_gestures.listed

    @property
    def _known_gestures(self) -> Planner:
        if self.planner is None:
            raise InputError(f"'{self.checkpoint}' knows no gestures to exchange: choose another.")
        return self.planner

    def generate(
        self, speech: str | Path, settings: Settings, progress: Progress = lambda _f, _m: None
    ) -> Take:
        """A take for a speech file; ``progress(fraction, sentence)`` may raise to stop.

        Returns T = ceil(seconds × 15) frames. Raises InputError for unusable files.
        """
        settings = settings.meant(self.notes)
        if self.planner is None:
            settings.check_unplanned(self.checkpoint)
        progress(0.0, "Reading the speech")
        if not self.knows_words:
            settings.said()  # wrong is wrong, used or not
        take = self._made(speech, settings, progress)
        progress(1.0, "Done")
        return listened(take, speech, settings)

    def hear(self, windows: Array, progress: Progress) -> Features:
        """Windows (W, …) → low, mid, high, each (W, 34, 32); each hears its own."""
        parts: list[Features] = []
        for first in range(0, len(windows), AUDIO_BATCH):
            progress(AUDIO_SHARE * first / len(windows), "Listening")
            parts.append(self.network.hear(windows[first : first + AUDIO_BATCH]))
        low, mid, high = (np.concatenate(part) for part in zip(*parts, strict=True))
        return low, mid, high

    def _made(self, speech: str | Path, settings: Settings, progress: Progress) -> Take:
        hear = partial(self._hearing, speech, settings, progress)
        hearing = self.hearings.get(heard_by(speech, settings), hear)
        given = self._plan(hearing, settings)
        drawn = given and replace(given, edits=())
        perform = partial(self._performance, speech, hearing, settings)
        performance = perform(drawn)
        style = self._style(settings, performance.identity)

        moving = partial(self._moved, style, progress)
        moved = moving(replace(settings, moods=()), performance, drawn)
        made = performance, self._shaped(moved, drawn)
        run = performance.levels_run
        made, more = directed(made, drawn, settings, self.acted, perform, moving, self._shaped)
        manner = self._manner(settings, performance.identity, performance.home)
        take = partial(
            Take, style=style, seed=settings.seed, skeleton=self.skeleton, manner=manner,
            cut=self.cut, moods=settings.moods, plan=given,
        )  # fmt: skip
        if given is None or self.planner is None:
            return take(made[1], levels_run=run + more)
        known, plan = known_by(speech, settings, style), self.acted(given, settings)
        hands, move = self.planner.repertoire.hands, partial(moving, settings)
        editing = Editing(perform, move, hands, self._shaped, self.edited, known)
        moved, edits = editing.edited(plan, made)
        return take(moved, levels_run=run + more + edits, strokes=self.planner.described(plan))

    def _shaped(self, moved: Array, plan: Plan | None) -> Array:
        """A motion with the hand shapes that the plan asks for, as it is without its edits."""
        return self.planner.shaped(moved, plan) if self.planner and plan else moved

    def acted(self, plan: Plan, settings: Settings) -> Plan:
        """The plan with its strokes as they are made in the moods of ``settings``."""
        return self._known_gestures.acted(plan, settings.moods, self.identity(settings))

    def _manner(self, settings: Settings, identity: Array, home: Array) -> Manner:
        where = home_of(self.skeleton.directions(home[0, -1]), self.skeleton)
        if self.planner is None:
            return Manner(where)
        found = self.eyes.giving("home", settings)
        shown = self._seen(settings)[1] if settings.takes("home") else ""
        where = PICTURED if found and found.rests else shown or where
        known = self._found(settings) if settings.takes("style") else identity
        return self.planner.manner(known, where)

    def _plan(self, hearing: Hearing, settings: Settings) -> Plan | None:
        """The one that is given back, or one drawn; None of a model without gestures."""
        if self.planner is None:
            return None
        plan = settings.plan or self.planner.plan(
            hearing, self.identity(settings), settings.seed, settings.said(), settings.word_gestures
        )
        return replace(plan, held=(*plan.held, *settings.held)) if settings.held else plan

    def _moved(
        self,
        style: Array,
        progress: Progress,
        settings: Settings,
        performance: Performance,
        plan: Plan | None,
        near: slice | None = None,
    ) -> Array:
        """What a performance of ``plan`` looks like in ``style``, finished.

        near: the frames that are to be looked at, where those are not all.
        """
        hearing = performance.hearing
        latest = [(AUDIO_SHARE, "Predicting gestures")]

        def noted(fraction: float, message: str) -> None:
            latest[0] = fraction, message
            progress(fraction, message)

        predict = performance.perform(style, lambda: progress(*latest[0]))
        every = len(hearing.starts)
        count = min(every, (near.stop - 1 + MARGIN) // self.cut.stride + 1) if near else every
        first = first_poses(performance.home, self.eyes.giving("pose", settings), self.skeleton)
        windows = unrolled(predict, first, count, self.cut, noted)
        windows = np.concatenate([windows, np.repeat(windows[-1:], every - count, axis=0)])
        planned = (plan, style) if plan else None
        return self._finished(windows, performance.home, hearing.loudness, settings, near, planned)

    def _finished(
        self,
        windows: Array,
        home: Array,
        loudness: Array,
        settings: Settings,
        near: slice | None = None,
        planned: tuple[Plan, Array] | None = None,
    ) -> Array:
        """The steps of ``finishing`` asked for, near what is looked at; planned: plan, style."""
        assert settings.energy is not None and settings.fade is not None
        span = finished(near)
        rest = quiet = self.skeleton.directions(home[0, -1])
        still = rest[None]
        whole = self.skeleton.directions(joined(windows, settings.fade, self.cut))[: len(loudness)]
        if self.planner:
            whole = calmed(whole)
        moved = energise(whole[span], rest, loudness, settings.energy, span)
        if self.planner and planned and settings.home is not None:
            (plan, style), frames = planned, len(whole)
            quiet = resting(rest, self.home(settings), self.eyes.giving("home", settings))
            free = homeward(frames) if settings.rest else np.ones(frames)
            up = self.planner.lifted(plan, frames, span)
            moved, still = waiting(moved, rest, quiet, up, style, free, settings.seed, span)
        moved = settle(moved, speech_activity(loudness)[span], still) if settings.rest else moved
        whole[span] = moved
        made = planned[0].strokes if planned else ()
        moved = mooded.mooded(whole, quiet, settings.moods, made, settings.seed)
        return begun(moved, self.eyes.giving("pose", settings))

    def _performance(
        self,
        speech: str | Path,
        hearing: Hearing,
        settings: Settings,
        plan: Plan | None,
        before: Performance | None = None,
    ) -> Performance:
        """What is known already of this speech, person and plan, or the beginning of it.

        before: the same with another plan, of which what does not change is kept.
        """
        codes = None
        if self.planner and plan:
            codes = self.planner.codes(plan, hearing.felt, hearing.starts)
        files = heard_by(speech, settings), stamp(*settings.images), stamp(*settings.texts)

        def begin() -> Performance:
            if before is not None and codes is not None:
                return before.by_other_codes(codes)
            frames, starts = hearing.sound.frames, hearing.starts
            words = self._words(settings, frames, starts) if self.config.n_words else None
            identity, noise = self.identity(settings), self._noise(settings)
            home = self._persons_home(identity, settings)
            texts = [] if words is None else self.network.read(words)
            return Performance(self.network, hearing, identity, texts, noise, home, codes)

        key = files, settings.words, settings.person, settings.seed, plan and replace(plan, held=())
        return (self.performances if before is None else self.changes).get(key, begin)

    def _hearing(self, speech: str | Path, settings: Settings, progress: Progress) -> Hearing:
        sound = own_voice(speech, settings)
        starts = window_starts(sound.frames, self.cut)
        loudness = audio.loudness(sound.waveform, sound.frames)
        heard = sound_windows(self.config, sound, starts)
        felt = rhythm.felt(sound.waveform, sound.frames, FPS)
        return Hearing(sound, starts, self.hear(heard, progress), loudness, felt)

    def _home(self, silence: Callable[[], WindowPredictor]) -> Array:
        """(1, 4, D): the model's rest pose, or this person's, if the model knows several.

        silence: makes a predictor for silence, in which such a model lets the hands go home.
        """
        pose = np.repeat(self._rest_pose[None, None], self.cut.given, axis=1)
        if self.notes.get("home") != "silence":
            return pose
        return let_go(silence(), pose, self.cut)

    def _persons_home(self, identity: Array, settings: Settings) -> Array:
        """``_home`` of a network's person; known from the last time it was asked for."""
        noise = self._noise(settings)
        key = identity.tobytes(), None if noise is None else noise.tobytes()
        return self.homes.get(
            key, lambda: self._home(lambda: self._silent_windows(identity, noise))
        )

    @property
    def _rest_pose(self) -> Array:
        return self.network.rest_pose

    def _silent_windows(self, identity: Array, noise: Array | None) -> WindowPredictor:
        network = self.network
        style = network.style(identity)[None]
        blended = blend(self._heard_silence, style)
        guide = Guide(self.planner.stillness, style) if self.planner else None
        starts = window_starts(1, self.cut)
        texts = network.read(self._words(Settings(), 1, starts)) if self.config.n_words else []

        def predict(_window: int, initial: Array) -> Array:
            levels = network.infer(blended, initial, identity, texts, noise, guide=guide)
            return shown(self.config, levels)

        return predict

    @cached_property
    def _heard_silence(self) -> Features:
        windows = sound_windows(self.config, silent_speech(self.cut), window_starts(1, self.cut))
        return self.hear(windows, lambda _fraction, _message: None)

    def _noise(self, settings: Settings) -> Array | None:
        """One z for all levels and windows of a take; None (z = mu) for seed 0 and with plans."""
        if not settings.seed or self.planner:
            return None
        return people.normal(settings.seed, self.config.identity_dim)

    def _style(self, settings: Settings, identity: Array) -> Array:
        if settings.style is not None:
            return normalised_style(settings.style, len(self.config.levels))
        return self.network.style(identity)

    def _words(self, settings: Settings, frames: int, starts: Starts) -> NDArray[np.int64]:
        """(W, 34) of ``word_windows``."""
        vocabulary: list[str] = self.notes.get("vocabulary", [])
        said = settings.said()
        early = "source" in self.notes or bool(self.notes.get("early_words"))
        return word_windows(said, vocabulary, frames, starts, self.cut, early=early)
