# SPDX-License-Identifier: GPL-3.0-or-later
"""Who moves: by pictures, by an imagined person's seed, by a known speaker's number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.network import Array, Network
from ha2g_engine.pictures.study import Study
from ha2g_engine.synthesis.planning import Planner
from ha2g_engine.synthesis.session import Recent, stamp
from ha2g_engine.synthesis.settings import Settings

from . import people
from .pictured import looked_at

Look = Callable[[Sequence[str | Path]], Array]  # pictures of one person → (K, 3, 224, 224)


class Persons:
    """What a loaded checkpoint knows of people; ``people`` and ``studies`` are kept for a while."""

    checkpoint: str
    config: ModelConfig
    planner: Planner | None
    people: Recent[Array]
    studies: Recent[Study | None]
    _network: Network | None
    _look: Look

    @property
    def network(self) -> Network:
        """The network. Raises InputError for a baseline."""
        if self._network is None:
            raise InputError(
                f"'{self.checkpoint}' is a baseline without style or identity from pictures: "
                "leave the picture and the style out."
            )
        return self._network

    def identity(self, settings: Settings) -> Array:
        """f_id of the pictures, or of the identity seed when there are none."""
        if settings.takes("style"):
            return self._seen(settings)[0]
        return people.imagined(settings, self.network, self.config)

    def home(self, settings: Settings) -> str:
        """The home posture that is asked for, else the one that pictures show; "" for neither."""
        return settings.home or (self._seen(settings)[1] if settings.takes("home") else "")

    def pictured(self, settings: Settings) -> Study | None:
        """Who is in the pictures; None where nothing of that is asked for or nobody can look."""
        if settings.taken is None or not settings.images:
            return None
        images = settings.images
        return self.studies.get(stamp(*images), lambda: looked_at(images, self.config.table))

    def _giving(self, what: str, settings: Settings) -> Study | None:
        """Who is in the pictures, if they are to give WHAT; a home that is chosen comes first."""
        other = what == "home" and settings.home
        return self.pictured(settings) if settings.takes(what) and not other else None

    def _seen(self, settings: Settings) -> tuple[Array, str]:
        """The f_id to move by, and the home posture that the pictures show, "" the person's."""
        found = self._found(settings)
        return self.planner.seen(found) if self.planner else (found, "")

    def _found(self, settings: Settings) -> Array:
        """f_id of the pictures."""
        images = settings.images
        return self.people.get(stamp(*images), lambda: self.network.person(self._look(images)))
