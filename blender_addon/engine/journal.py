# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log says of each request: its method, its seconds, how it ended."""

from __future__ import annotations

import logging
import time
from typing import Final

LOG: Final = logging.getLogger(__name__)
LEVELS: Final = {"input": logging.WARNING, "cancelled": logging.INFO}  # others: ERROR


class Journal:
    """The requests of one engine that have no answer yet."""

    def __init__(self) -> None:
        self._sent: dict[int, tuple[str, float]] = {}

    def sent(self, number: int, method: str) -> None:
        """Request NUMBER is on its way."""
        self._sent[number] = method, time.monotonic()
        LOG.debug("request %d, %s: sent", number, method)

    def answered(self, number: int) -> None:
        """Request NUMBER has its result."""
        LOG.info("request %s", self._ended(number))

    def failed(self, number: int, kind: str, message: str) -> None:
        """Request NUMBER has none: KIND as in client.Failure."""
        level = LEVELS.get(kind, logging.ERROR)
        LOG.log(level, "request %s: %s: %s", self._ended(number), kind, message)

    def _ended(self, number: int) -> str:
        method, since = self._sent.pop(number, ("?", time.monotonic()))
        return f"{number}, {method}: {time.monotonic() - since:.2f} s"
