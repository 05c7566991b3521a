# SPDX-License-Identifier: GPL-3.0-or-later
"""Train, validation and test: nobody who is heard in one is met in another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ha2g_engine.errors import InputError

from .store import Split

SHARES: Final[Mapping[Split, float]] = {"train": 0.8, "val": 0.1, "test": 0.1}
By = Literal["auto", "speaker", "take"]
Piece = tuple[int, int]


@dataclass(frozen=True)
class Member:
    """What matters of a recording here. take: what must stay together; '' = nothing."""

    name: str
    speaker: str
    take: str
    weight: float  # seconds


def assigned(members: Sequence[Member], by: By = "auto") -> tuple[list[Split], bool]:
    """A split for each recording, the same for the same recordings, and whether by speaker.

    Speakers stay whole, and so do takes, which may join speakers. With fewer than three such
    groups ``auto`` parts takes instead. Raises InputError when a split would stay empty.
    """
    for whole_speakers in (True, False) if by == "auto" else (by == "speaker",):
        groups = _groups(members, whole_speakers)
        if len(set(groups)) >= len(SHARES):
            return _dealt(members, groups), whole_speakers
    raise InputError(
        f"{len(set(groups))} group(s) of recordings by {'speaker' if by == 'speaker' else 'take'} "
        "cannot fill train, val and test: add recordings of others."
    )


def too_few(members: Sequence[Member]) -> bool:
    """Whether not even takes can fill the splits."""
    return len(set(_groups(members, False))) < len(SHARES)


def parted(pieces: Sequence[Piece], shortest: int, grid: int) -> list[tuple[Piece, Split]]:
    """The pieces of one recording, parted in time: its first 80 % for train, then val, then test.

    pieces: [first, end) frames. Nothing of under ``shortest`` frames is kept, and what begins
    within a piece does so ``grid`` frames after its beginning, or a multiple of that. All is for
    train where val or test would stay empty.
    """
    total = sum(end - first for first, end in pieces)
    last = max(shortest + grid, round(SHARES["test"] * total))
    bounds = {"train": (0, total - 2 * last), "val": (total - 2 * last, total - last),
              "test": (total - last, total)}  # fmt: skip
    found: list[tuple[Piece, Split]] = []
    before = 0  # frames in earlier pieces
    for first, end in pieces:
        for split in SHARES:
            low, high = (bound - before + first for bound in bounds[split])
            begin = first + -(-max(0, low - first) // grid) * grid
            if min(high, end) - begin >= shortest:
                found.append(((begin, min(high, end)), split))
        before += end - first
    if {split for _, split in found} < SHARES.keys():
        return [(piece, "train") for piece in pieces]
    return found


def _groups(members: Sequence[Member], whole_speakers: bool) -> list[int]:
    """A group number for each recording: those that share a take (or a speaker) share it."""
    parent = list(range(len(members)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    seen: dict[tuple[str, str], int] = {}
    for i, member in enumerate(members):
        keys = [("take", member.take or f"\0{i}")]
        for key in keys + [("speaker", member.speaker)] * whole_speakers:
            parent[root(i)] = root(seen.setdefault(key, i))
    return [root(i) for i in range(len(members))]


def _dealt(members: Sequence[Member], groups: Sequence[int]) -> list[Split]:
    """Largest group first, each to the split that lacks most; none stays empty."""
    weights = dict.fromkeys(groups, 0.0)
    for member, g in zip(members, groups, strict=True):
        weights[g] += member.weight
    order = sorted(weights, key=lambda g: (-weights[g], _stir(members, groups, g)))
    lack = {split: share * sum(weights.values()) for split, share in SHARES.items()}
    choice: dict[int, Split] = {}
    for left, g in zip(range(len(order), 0, -1), order, strict=True):
        empty = [split for split in SHARES if split not in choice.values()]
        split = max(empty if left <= len(empty) else SHARES, key=lambda s: lack[s])
        choice[g] = split
        lack[split] -= weights[g]
    return [choice[g] for g in groups]


def _stir(members: Sequence[Member], groups: Sequence[int], group: int) -> str:
    """An order among equals that neither the file order nor the alphabet decides."""
    names = sorted(m.name for m, g in zip(members, groups, strict=True) if g == group)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
