# SPDX-License-Identifier: GPL-3.0-or-later
"""Variations of a take: their motions, as the engine made them, and their pictures.

The recipes stay with the scene; motions and pictures last as long as Blender runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import bpy.utils.previews

from ..engine import jobs
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..motion import mirroring, thumbnail
from ..motion.mirroring import Recipe
from ..properties import generate
from .request import TakeRequest

if TYPE_CHECKING:
    from bpy.types import Scene

    from ..motion.mirroring import Motion


@dataclass
class _Made:
    """What was asked for, the engine's answers by seed, and the pictures by recipe."""

    request: TakeRequest | None = None
    answers: dict[int, Result] = field(default_factory=dict)
    pictures: Any = None


_made = _Made()


@dataclass
class Search:
    """Seeds on their way through the engine, one after the other."""

    request: TakeRequest
    seeds: Sequence[int]
    done: int = 0
    cancelled: bool = False
    _job: jobs.Job | None = None

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
            _made.answers[self.seeds[self.done]] = outcome
            self.done += 1
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
    if not _same_speech(request):
        forget()
    _made.request = request
    gallery: Any = scene.gestures_gallery  # type: ignore[attr-defined]
    pinned = [one for one in gallery.variations if one.pinned]
    wanted = {seed for one in pinned for seed in (one.seed, one.other)}
    fresh = [generate.new_seed() for _ in range(gallery.count - len(pinned))]
    missing = [seed for seed in sorted(wanted) if seed not in _made.answers]
    _search = Search(request, (*missing, *fresh))
    return _search


def conclude(scene: Scene) -> int:
    """Put what was found into the gallery, after the pinned ones; how many are new.

    Without any, the gallery stays as it is.
    """
    ended = end_search()
    gallery: Any = scene.gestures_gallery  # type: ignore[attr-defined]
    pinned = [one for one in gallery.variations if one.pinned]
    known = {seed for one in pinned for seed in (one.seed, one.other)}
    found = ended.seeds[: ended.done] if ended else ()
    fresh = [seed for seed in found if seed not in known]
    if not fresh:
        return 0
    for index in reversed(range(len(gallery.variations))):
        if not gallery.variations[index].pinned:
            gallery.variations.remove(index)
    for seed in fresh:
        gallery.variations.add().seed = seed
    return len(fresh)


def end_search() -> Search | None:
    """Forget the search under way; it, as far as it came."""
    global _search
    ended, _search = _search, None
    return ended


def forget() -> None:
    """Drop all motions and pictures."""
    global _made
    if _made.pictures is not None:
        bpy.utils.previews.remove(_made.pictures)
    _made = _Made()


def _same_speech(request: TakeRequest) -> bool:
    """Whether the engine would answer REQUEST's seeds as it did before."""
    before = _made.request
    if before is None:
        return True
    return {**before.engine_params(), "seed": 0} == {**request.engine_params(), "seed": 0}


# --- one variation ----------------------------------------------------------------------


def motion(recipe: Any) -> Motion | None:
    """The directions (T, 42, 3) of a variation; None if they are not known (any more)."""
    moved = _before_turning(recipe)
    return None if moved is None else mirroring.turned(moved, _as_stored(recipe))


def _before_turning(recipe: Any) -> Motion | None:
    """The motion of the variation's seed, or of its two seeds blended."""
    answers = [_made.answers.get(seed) for seed in (recipe.seed, recipe.other)]
    first, second = (one.arrays["directions"] if one else None for one in answers)
    if first is None or (recipe.amount > 0.0 and second is None):
        return None
    if second is None or recipe.amount == 0.0:
        return first
    return mirroring.blended(first, second, recipe.amount)


def _as_stored(recipe: Any) -> Recipe:
    """RECIPE as it is kept with a take."""
    return Recipe(**{one.name: getattr(recipe, one.name) for one in fields(Recipe)})


def answer(recipe: Any) -> tuple[TakeRequest, Result]:
    """What `writing.write` needs to make the variation a take.

    Raises GestureError if its motion is not known any more.
    """
    moved, request = _before_turning(recipe), _made.request
    if moved is None or request is None:
        raise GestureError("Its motion is not known any more: pin it and make variations again.")
    given = _made.answers[recipe.seed]
    arrays = {**given.arrays, "directions": moved}
    request = replace(request, seed=recipe.seed, variation=_as_stored(recipe))
    return request, Result(given.id, given.values, arrays)


def preview(recipe: Any) -> Any:
    """The variation's picture, drawn when first asked for; None if its motion is not known."""
    if _made.answers.get(recipe.seed) is None:
        return None
    if _made.pictures is None:
        _made.pictures = bpy.utils.previews.new()
    name = repr(_as_stored(recipe))
    if name not in _made.pictures:
        moved = motion(recipe)
        if moved is None:
            return None
        pixels = thumbnail.picture(moved)
        new = _made.pictures.new(name)
        new.image_size = pixels.shape[1::-1]
        new.image_pixels_float = pixels.ravel()
    return _made.pictures[name]
