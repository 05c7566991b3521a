# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in short steps, so that a window is never in the way of it: generators of the part done."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Answer = TypeVar("Answer")


def scaled(
    steps: Generator[float, None, Answer], start: float, end: float
) -> Generator[float, None, Answer]:
    """STEPS, their 0..1 told as START..END."""
    while True:
        try:
            yield start + (end - start) * next(steps)
        except StopIteration as last:
            answer: Answer = last.value
            return answer


def exhausted(steps: Generator[float, None, Answer]) -> Answer:
    """What STEPS return, all taken at once."""
    while True:
        try:
            next(steps)
        except StopIteration as last:
            answer: Answer = last.value
            return answer
