# SPDX-License-Identifier: GPL-3.0-or-later
"""Variations of a take: their motions, as the engine made them, and their pictures.

Recipes and motions stay with the scene (see `properties.gallery`), and what they were made from as
a take's record. Opening a file does nothing with them: they are read when the gallery is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import places
from ..engine import jobs, process
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..keys import actions
from ..motion import mirroring, thumbnail
from ..motion.mirroring import Recipe
from ..motion.words import Manner
from ..properties import chosen, flipbook, generate
from ..properties import gallery as kept
from . import files, posing, recall, record
from .record import RATES, Record
from .request import HEARD, SHARED, SHELL, TakeRequest

if TYPE_CHECKING:
    from bpy.types import Context, Scene

    from ..motion.mirroring import Motion

UNKNOWN: Final = "Its motion is not in this file: pin it and make variations again"
LOOKED_AT: Final = 600  # poses of a motion among which its picture finds the telling ones
STYLES_ALIKE: Final = 1e-4  # numbers of two styles that are the same, one of them rounded

_results: dict[tuple[str, int], Result | None] = {}  # what was made, seed -> the engine's answer


@dataclass
class Search:
    """Seeds on their way through the engine, one after the other."""

    request: TakeRequest
    seeds: Sequence[int]
    found: dict[int, Result] = field(default_factory=dict)
    cancelled: bool = False
    _job: jobs.Job | None = None

    @property
    def done(self) -> int:
        """How many seeds have come back."""
        return len(self.found)

    @property
    def fraction(self) -> float:
        """How much of all is done, 0 to 1."""
        share = self._job.fraction if self._job else 0.0
        return (self.done + share) / max(1, len(self.seeds))

    def advance(self) -> bool:
        """Go on for a moment; whether all is done. Raises GestureError if the engine cannot."""
        if self.cancelled or self.done == len(self.seeds):
            return True
        if self._job is None:
            seed = self.seeds[self.done]
            params = {**self.request.engine_params(), "seed": seed}
            self._job = jobs.start("generate", params, "Starting the engine")
            return False
        jobs.poll()
        if self._job.outcome is not None:
            self._take_in(self._job.outcome)
        return False

    def _take_in(self, outcome: Result | Failure) -> None:
        self._job = None
        if isinstance(outcome, Result):
            self.found[self.seeds[self.done]] = outcome
        elif outcome.kind == "cancelled":
            self.cancelled = True
        else:
            raise GestureError(outcome.message)


_search: Search | None = None


def searching() -> Search | None:
    """The search under way, if any."""
    return _search


def begin(scene: Scene, request: TakeRequest) -> Search:
    """Look for the motions of the pinned variations that are not known, and of new seeds."""
    global _search
    gallery = _gallery(scene)
    pinned = [one for one in gallery.variations if one.pinned]
    known = _made_so(gallery, request)
    missing = [seed for seed in _seeds(pinned) if not known or _result(gallery, seed) is None]
    fresh = [generate.new_seed() for _ in range(gallery.count - len(pinned))]
    _search = Search(request, (*missing, *fresh))
    return _search


def conclude(scene: Scene) -> int:
    """Put what was found into the gallery, after the pinned ones; how many motions are new.

    Without a new variation after a search that was stopped, the gallery stays as it is.
    """
    ended, gallery = end_search(), _gallery(scene)
    known = _seeds([one for one in gallery.variations if one.pinned])
    fresh = [seed for seed in ended.found if seed not in known] if ended else []
    if ended is None or not ended.found or (ended.cancelled and not fresh):
        return 0
    for index in reversed(range(len(gallery.variations))):
        if not gallery.variations[index].pinned:
            gallery.variations.remove(index)
    for seed in fresh:
        gallery.variations.add().seed = seed
    _keep(scene, ended)
    return ended.done


def end_search() -> Search | None:
    """Forget the search under way; it, as far as it came."""
    global _search
    ended, _search = _search, None
    return ended


def forget() -> None:
    """Drop what is in memory of motions and pictures; the scenes keep theirs."""
    _results.clear()
    flipbook.forget()


def unkept(scene: Scene) -> int:
    """How many variations will not be there when the file is opened again: they are too large."""
    gallery = _gallery(scene)
    shown = [one for one in gallery.variations if _results.get((gallery.made, one.seed))]
    return sum(not all(kept.keeps(gallery, seed) for seed in _seeds([one])) for one in shown)


# --- what the scene keeps ---------------------------------------------------------------


def _gallery(scene: Scene) -> Any:
    return scene.gestures_gallery  # type: ignore[attr-defined]


def _seeds(recipes: Sequence[Any]) -> list[int]:
    """What the motions of RECIPES are made of, each seed once, in order."""
    pairs = ((one.seed, one.other) if one.amount > 0.0 else (one.seed,) for one in recipes)
    return list(dict.fromkeys(seed for pair in pairs for seed in pair))


def _keep(scene: Scene, ended: Search) -> None:
    """Let SCENE keep the motions of its gallery: those just found and those known before."""
    gallery, first = _gallery(scene), next(iter(ended.found.values()))
    seeds = _seeds(sorted(gallery.variations, key=lambda one: not one.pinned))
    found = {seed: ended.found.get(seed) or _result(gallery, seed) for seed in seeds}
    if not _made_so(gallery, ended.request):
        gallery.made = record.written(_record(scene, ended.request, first))
    _results.clear()
    _results.update({(gallery.made, seed): one for seed, one in found.items()})
    kept.keep(gallery, {seed: one.arrays["directions"] for seed, one in found.items() if one})
    kept.keep_numbers(gallery, first.arrays)
    gallery.level_rate = float(first.values.get("level_rate", 0.0))


def _record(scene: Scene, request: TakeRequest, first: Result) -> Record:
    """What all variations by REQUEST have in common, of which FIRST is one."""
    known = {name: getattr(request, name) for name in SHARED} | {
        "seed": 0,
        "speech_digest": files.digest(request.speech),
        "style": first.values.get("style"),
        "own_style": request.style is not None,
        "manner": Manner.of(first.values.get("manner")),
        "scene_fps": actions.scene_fps(scene),
        "pose_fps": posing.engine_fps(first.values),
        "engine": process.info(),
        **record.windows(first.values),
    }
    return Record(**known)


def _made_so(gallery: Any, request: TakeRequest) -> bool:
    """Whether the engine would answer REQUEST's seeds with the motions that GALLERY keeps."""
    made = record.read(gallery.made)
    names = {*HEARD, *SHELL} - {"seed"}
    if made.speech is None or any(getattr(made, n) != getattr(request, n) for n in names):
        return False
    same_style = made.own_style == (request.style is not None)
    if made.own_style and request.style is not None:
        same_style = np.allclose(made.style or 0.0, request.style, atol=STYLES_ALIKE)
    return same_style and made.speech_digest == files.digest(request.speech)


def _result(gallery: Any, seed: int) -> Result | None:
    """The engine's answer to SEED: in memory, or as the scene keeps it; None if it does not."""
    known = gallery.made, seed
    if known not in _results:
        _results[known] = _read(gallery, seed)
    return _results[known]


def _read(gallery: Any, seed: int) -> Result | None:
    made, motion = record.read(gallery.made), kept.kept(gallery, seed)
    if made.speech is None or motion is None:
        return None
    rate = gallery.level_rate if RATES[0] <= gallery.level_rate <= RATES[1] else 0.0
    values = {"fps": made.pose_fps, "style": made.style, "seed": seed, "level_rate": rate}
    values |= {"stride": made.stride, "overlap": made.overlap}
    values["manner"] = asdict(made.manner) if made.manner else None
    arrays = {"directions": motion, **kept.numbers(gallery)}
    return Result(0, {**values, "engine": dict(made.engine)}, arrays)


# --- one variation ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Sources:
    """The motions of one seed or two, and what is done to them: nothing of Blender's."""

    recipe: Recipe
    first: Motion
    second: Motion | None

    @property
    def count(self) -> int:
        """Poses that it has."""
        return len(self.first) if self.second is None else min(len(self.first), len(self.second))

    def before_turning(self, frames: slice = slice(None)) -> Motion:
        """(T, 42, 3) the motion of the seed, or of the two blended; FRAMES of it."""
        first = self.first[: self.count][frames]
        if self.second is None:
            return first
        second = self.second[: self.count][frames]
        return mirroring.blended(first, second, self.recipe.amount)

    def motion(self, frames: slice = slice(None)) -> Motion:
        """(T, 42, 3) the variation's motion; FRAMES of it."""
        return mirroring.turned(self.before_turning(frames), self.recipe)

    def picture(self) -> flipbook.Pixels:
        """Its most telling moments."""
        return thumbnail.picture(self.motion(slice(None, None, 1 + self.count // LOOKED_AT)))

    def moment(self, fps: float, seconds: float) -> flipbook.Pixels:
        """What it looks like after SECONDS, at FPS poses a second."""
        pose = min(int(seconds * fps), self.count - 1)
        return thumbnail.moment(self.motion(slice(pose, pose + 1))[0], pose / self.count)


def _sources(recipe: Any) -> _Sources | None:
    """What RECIPE, a scene's, is made of; None if that is not known."""
    gallery = _gallery(recipe.id_data)
    found = [_result(gallery, seed) for seed in _seeds([recipe])]
    motions = [one.arrays["directions"] for one in found if one]
    if len(motions) < len(found):
        return None
    return _Sources(_as_stored(recipe), motions[0], motions[1] if len(motions) > 1 else None)


def _as_stored(recipe: Any) -> Recipe:
    """RECIPE as it is kept with a take."""
    return Recipe(**{one.name: getattr(recipe, one.name) for one in fields(Recipe)})


def motion(recipe: Any) -> Motion | None:
    """The directions (T, 42, 3) of a variation; None if they are not known."""
    found = _sources(recipe)
    return None if found is None else found.motion()


def answer(context: Context, recipe: Any) -> tuple[TakeRequest, Result]:
    """What `writing.write` needs to make the variation a take of the chosen character.

    Raises GestureError: its motion is not known, its speech is another one by now, or a file that
    it names is not one to be looked at.
    """
    found, scene = _sources(recipe), recipe.id_data
    if found is None:
        raise GestureError(f"{UNKNOWN}.")
    made, given = record.read(_gallery(scene).made), _result(_gallery(scene), recipe.seed)
    assert given is not None  # its sources are known
    _check(made)
    request = recall.request_of(
        made,
        scene,
        chosen.needed_armature(context),
        seed=recipe.seed,
        variation=_as_stored(recipe),
        start_frame=round(scene.frame_start if made.start_frame is None else made.start_frame),
        add_sound=scene.gestures.add_sound,
    )
    arrays = {**given.arrays, "directions": found.before_turning()}
    return request, Result(given.id, given.values, arrays)


def _check(made: Record) -> None:
    """Raise GestureError unless the files in MADE may be used; the speech may be gone."""
    speech = files.located(made, "speech")
    for path in filter(None, (speech, files.located(made, "image"), *files.pictures(made))):
        if reason := places.why_not(path):
            raise GestureError(f"The variations name '{path}', which {reason}.")
    if places.is_file(speech) and made.speech_digest != files.digest(speech):
        raise GestureError(
            f"The speech '{speech}' is another one than the variations were made from: "
            "make them again."
        )


# --- its picture ------------------------------------------------------------------------


def known(recipe: Any) -> bool:
    """Whether the variation can be shown and used."""
    return _sources(recipe) is not None


def preview(recipe: Any) -> Any:
    """The variation's picture, drawn at once if it must be; None if its motion is not known."""
    found = _sources(recipe)
    return None if found is None else flipbook.drawn(_name(recipe), found.picture)


def shown(recipe: Any) -> Any:
    """The variation's picture for a panel: it as it moves, or still; None until it is drawn."""
    name, found = _name(recipe), _sources(recipe)
    if found is None:
        return None
    return flipbook.moving(name) or flipbook.still(name, found.picture)


def plays(recipe: Any) -> bool:
    """Whether its picture moves."""
    return flipbook.playing() == _name(recipe)


def play(recipe: Any) -> None:
    """Let its picture move, once through. Raises GestureError if its motion is not known."""
    found = _sources(recipe)
    if found is None:
        raise GestureError(f"{UNKNOWN}.")
    fps = record.read(_gallery(recipe.id_data).made).pose_fps
    flipbook.play(_name(recipe), partial(found.moment, fps), found.count / fps)


def _name(recipe: Any) -> str:
    """The picture's: another motion, another name."""
    return f"{hash(_gallery(recipe.id_data).made)} {_as_stored(recipe)}"
