# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip says that matters: its last line, and what went wrong in words that help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DETAIL: Final = 300  # characters of pip's own words in a sentence
FAULTS: Final = (  # what pip's last line does not tell: its words before, and what to do
    (
        re.compile(r"WinError 206|Long Path|\[Errno 2\].*'[^']{250,}'"),
        "a path is longer than the 260 characters that Windows allows: enable long paths in "
        "Windows (LongPathsEnabled in the registry), or choose as Engine's Python one that you "
        "installed the packages for in a folder with a short path",
    ),
    (
        re.compile(r"Errno 28|No space left|There is not enough space on the disk"),
        "the disk is full: free a few gigabytes and try again",
    ),
    (
        re.compile(r"DO NOT MATCH THE HASHES"),
        "a package has other content than the one that was tested, so it is not installed: try "
        "again, or choose another index or folder",
    ),
    (
        re.compile(r"Retrying \(Retry|Failed to establish a new connection|HTTPS?ConnectionPool"),
        "pip cannot reach the network: check the connection or set a proxy (--proxy) in the "
        "arguments for pip",
    ),
)
GOES_ON: Final = ("Collecting ", "Downloading ", "Installing ")  # lines after a fault overcome


@dataclass
class Said:
    """What a command says that matters: its last line, and the fault that it tells of."""

    last_line: str = ""
    fault: str = ""

    def take_in(self, line: str) -> None:
        """One line of its output, without spaces around it."""
        self.last_line = line or self.last_line
        if line.startswith(GOES_ON):
            self.fault = ""
        for pattern, advice in FAULTS:
            if not self.fault and pattern.search(line):
                self.fault = f"{advice} ({line[:DETAIL]})"
