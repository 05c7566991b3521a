# SPDX-License-Identifier: GPL-3.0-or-later
"""What a compressed sound file says about its own end, so that one that was cut is not half heard.

Ogg: RFC 3533; FLAC: RFC 9639, section 8.2; AIFF: Audio Interchange File Format 1.3; MP3: the
table that Xing and LAME write into the first frame.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

SPARED: Final = 3200  # bytes that an AIFF file may lack: 0.1 s of 16 kHz
STREAMED: Final = 0x7F000000  # bytes, from which on an AIFF's writer did not know
PAGE: Final = struct.Struct("<4sBBqIIIB")  # an Ogg page: what it begins with
LARGEST_PAGE: Final = PAGE.size + 255 + 255 * 255  # bytes
LAST: Final = 4  # the bit of a page that ends its stream
MP3_HEAD: Final = 4096  # bytes, within which the first frame tells how many there are
XING: Final = struct.Struct(">4sII")
COUNTED: Final = 1  # the bit of Xing's table that says that it has the number of frames
PADDED: Final = 3  # MP3 frames of silence that encoders add at most


def lacks_end(path: Path) -> bool:
    """Whether an Ogg or AIFF file ends before it says that it does.

    Recorders that are switched off never say it in an Ogg file: whole pages are enough then.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == b"OggS":
        return not _ends(_tail(path, 2 * LARGEST_PAGE))
    if head[:4] == b"FORM":
        announced = int.from_bytes(head[4:], "big") + 8
        return announced < STREAMED and announced - path.stat().st_size > SPARED
    return False


def samples(path: Path, rate: int) -> int:
    """Samples of a channel that a FLAC or MP3 file of that rate holds at least; 0: it says none."""
    with path.open("rb") as file:
        head = file.read(MP3_HEAD)
    if head[:4] == b"fLaC":
        return int.from_bytes(head[21:26], "big") & ((1 << 36) - 1)
    place = max(head.find(b"Xing"), head.find(b"Info"))
    if place < 0 or len(head) < place + XING.size:
        return 0
    _, flags, frames = XING.unpack_from(head, place)
    whole = 1152 if rate >= 32_000 else 576  # samples in a frame of MPEG 1, of MPEG 2
    return max(0, frames - PADDED) * whole if flags & COUNTED else 0


def _tail(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read()


def _ends(tail: bytes) -> bool:
    """Whether the last whole page in an Ogg file's TAIL ends its stream, or the file."""
    place = tail.rfind(b"OggS")
    while place >= 0:
        if len(tail) >= place + PAGE.size:
            _, version, kind, _, _, _, _, segments = PAGE.unpack_from(tail, place)
            sizes = tail[place + PAGE.size : place + PAGE.size + segments]
            end = place + PAGE.size + segments + sum(sizes)
            if version == 0 and len(sizes) == segments and end <= len(tail):
                return bool(kind & LAST) or end == len(tail)
        place = tail.rfind(b"OggS", 0, place)
    return False
