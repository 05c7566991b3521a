# SPDX-License-Identifier: GPL-3.0-or-later
"""How much sound a wav file announces, how much is there, and in what numbers.

libsndfile says neither: it reads what there is of a file that was cut, and nothing of one whose
writer could not go back to fill in the size, as programs that write to a pipe leave it.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

UNKNOWN_LENGTH: Final = 0x7FFF0000  # bytes; writers that do not know yet announce this or more
LONGEST: Final = 0xFFFFFFFF  # bytes, which is read as "to the end of the file"
RIFF_SIZE: Final = 4  # where the size of the whole file stands
MANY_CHUNKS: Final = 1000  # more before the sound are damage, and there may be a million
CHUNK: Final = struct.Struct("<4sI")
FORMAT: Final = struct.Struct("<HHIIHH")  # the chunk "fmt "
EXTENDED: Final = struct.Struct("<8xH")  # what follows it where its code is EXTENSIBLE
EXTENSIBLE: Final = 0xFFFE


@dataclass(frozen=True)
class Form:
    """In what numbers sound is stored. code: 1 whole, 3 floating. rates are a second's."""

    code: int = 0
    channels: int = 0
    samples: int = 0
    bytes: int = 0
    bits: int = 0


@dataclass(frozen=True)
class WavData:
    """The sound of a wav file. start: its first byte. announced, there: bytes."""

    start: int
    announced: int
    there: int
    form: Form

    @property
    def streamed(self) -> bool:
        """Whether the header says "nothing" because its writer did not know."""
        return self.announced == 0 < self.there

    @property
    def missing(self) -> float:
        """Seconds that are announced and not there."""
        known = 0 < self.announced < UNKNOWN_LENGTH and self.form.bytes > 0
        return max(0, self.announced - self.there) / self.form.bytes if known else 0.0


def wav_data(path: Path) -> WavData | None:
    """The sound of the wav file at ``path``; None if it is no wav file or holds none."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        length, form = os.fstat(file.fileno()).st_size, Form()
        for name, start, size in _chunks(file):
            if name == b"fmt ":
                form = _form(file.read(min(size, FORMAT.size + EXTENDED.size)))
            if name == b"data":
                there = 0 if size == 0 and _is_chunk(file.read(CHUNK.size)) else length - start
                return WavData(start, size, there, form)
    return None


def _form(chunk: bytes) -> Form:
    """What the chunk "fmt " says; nothing where it is cut."""
    if len(chunk) < FORMAT.size:
        return Form()
    code, channels, samples, a_second, _, bits = FORMAT.unpack_from(chunk)
    if code == EXTENSIBLE and len(chunk) >= FORMAT.size + EXTENDED.size:
        (code,) = EXTENDED.unpack_from(chunk, FORMAT.size)
    return Form(code, channels, samples, a_second, bits)


class FilledIn(io.FileIO):
    """A file with other bytes at some places. patches: (first byte, the bytes there instead)."""

    def __init__(self, path: Path, patches: Sequence[tuple[int, bytes]]) -> None:
        super().__init__(path)
        self.patches = patches

    def readinto(self, buffer: Any) -> int:
        """As FileIO does, with the patches on what was read."""
        start, view = self.tell(), memoryview(buffer).cast("B")
        count = super().readinto(view) or 0
        for first, content in self.patches:
            for place, byte in enumerate(content, first - start):
                if 0 <= place < count:
                    view[place] = byte
        return count


def filled_in(path: Path, data: WavData) -> FilledIn:
    """The file with the size of its sound in the header."""
    whole = data.start + data.there - RIFF_SIZE - 4
    sizes = ((RIFF_SIZE, whole), (data.start - 4, data.there))
    return FilledIn(path, [(at, struct.pack("<I", min(size, LONGEST))) for at, size in sizes])


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and size of each chunk, the file standing at that byte."""
    start = file.tell()
    for _ in range(MANY_CHUNKS):
        if len(head := file.read(CHUNK.size)) < CHUNK.size:
            return
        name, size = CHUNK.unpack(head)
        start += CHUNK.size
        yield name, start, size
        start += size + size % 2
        file.seek(start)


def _is_chunk(head: bytes) -> bool:
    """Whether this begins another chunk, such as "LIST", or ends the file: no sound."""
    return len(head) < CHUNK.size or (head[:4].isascii() and head[:4].decode().isalnum())
