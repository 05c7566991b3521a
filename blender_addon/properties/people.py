# SPDX-License-Identifier: GPL-3.0-or-later
"""Who an imagined person is: chosen on a map, mixed of two, kept under a name.

The map is the engine's answer and lives as long as Blender does. Names are kept in a file of the
user's, so that all scenes have them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import bpy.utils.previews

from ..engine import process
from ..errors import GestureError
from ..files import first_free, replacing
from ..motion import people

if TYPE_CHECKING:
    from bpy.types import Context

Item = tuple[str, str, str, int, int]
LARGEST_SEED: Final = 2**31 - 1
LONGEST_NAME: Final = 60
MOST_NAMES: Final = 500
DAMAGE: Final = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)

_icons: Any = None  # Blender's collection of previews
_items: list[Item] = []  # Blender keeps no reference to what a callback returns


@dataclass(frozen=True)
class Who:
    """seed: the person. other, share: another one, and how much of them."""

    seed: int
    other: int = 0
    share: float = 0.0


# --- the map --------------------------------------------------------------------------------


def show_map(found: tuple[people.Person, ...]) -> None:
    """Let the map have these people from now on."""
    global _icons, _items
    forget()
    _icons = bpy.utils.previews.new()
    items = []
    for place, (person, pixels) in enumerate(zip(found, people.pictures(found), strict=True)):
        icon = _icons.new(str(place))
        icon.image_size = pixels.shape[1::-1]
        icon.image_pixels_float.foreach_set(pixels.ravel())
        name = f"Person {person.seed}"
        items.append((str(person.seed), name, person.words, icon.icon_id, place))
    _items = items


def has_map() -> bool:
    """Whether there is a map to choose from."""
    return bool(_items)


def items(self: Any, context: Context | None) -> list[Item]:
    """The people on the map, for an enumeration; one where there is no map."""
    return _items or [("0", "Person 0", "", 0, 0)]


def chosen_on_map(settings: Any, context: Context) -> None:
    """The next take is the one's who was clicked on, and of no other."""
    settings.identity_seed, settings.identity_share = int(settings.person_on_map), 0.0


def forget() -> None:
    """Drop the map: the add-on goes, or another one comes."""
    global _icons, _items
    if _icons is not None:
        bpy.utils.previews.remove(_icons)
    _icons, _items = None, []


# --- names ----------------------------------------------------------------------------------


def file() -> Path:
    """Where the names are kept."""
    return process.user_folder() / "people.json"


def named() -> dict[str, Who]:
    """Everybody who has a name, in alphabetical order; {} where the file is damaged."""
    try:
        content = json.loads(file().read_text(encoding="utf-8"))
        found = {str(name): _who(values) for name, values in list(content.items())[:MOST_NAMES]}
    except DAMAGE:
        return {}
    return dict(sorted(found.items(), key=lambda one: one[0].casefold()))


def free_name(name: str) -> str:
    """NAME, or with a number behind it if somebody has it already."""
    taken = {one.casefold() for one in named()}
    return first_free(name, lambda one: one.casefold() in taken)


def save(name: str, who: Who) -> None:
    """Keep WHO as NAME, in place of whom it was. Raises GestureError if that cannot be."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise GestureError(f"'{name}' cannot be a person's name: use 1 to {LONGEST_NAME} letters.")
    _write({**named(), name: who})


def drop(name: str) -> None:
    """Forget NAME. Raises GestureError if the file cannot be written."""
    _write({one: who for one, who in named().items() if one != name})


def person(name: str) -> Who:
    """Who NAME is. Raises GestureError if nobody is called so."""
    found = named().get(name)
    if found is None:
        raise GestureError(f"Nobody is called '{name}': save a person under this name first.")
    return found


def of(settings: Any) -> Who:
    """Whom the panel has chosen."""
    share = round(float(settings.identity_share), 4)
    return Who(settings.identity_seed, settings.identity_other if share else 0, share)


def choose(settings: Any, who: Who) -> None:
    """Let the panel have WHO."""
    settings.identity_seed = who.seed
    settings.identity_other, settings.identity_share = who.other, who.share


def _write(everybody: dict[str, Who]) -> None:
    content = {name: [who.seed, who.other, who.share] for name, who in everybody.items()}
    path = file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError as error:
        raise GestureError(f"'{path}' cannot be written: {error.strerror}.") from error


def _who(values: Any) -> Who:
    seed, other, share = values
    numbers = isinstance(seed, int) and isinstance(other, int) and isinstance(share, int | float)
    if not numbers or not (min(seed, other) >= 0 and max(seed, other) <= LARGEST_SEED):
        raise ValueError
    if not 0.0 <= share <= 1.0:
        raise ValueError
    return Who(seed, other, float(share))
