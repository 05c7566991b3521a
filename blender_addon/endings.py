# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file was written to its end, as its format tells. No bpy.

Blender's writers report success on a full disk; the file then stops somewhere.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

FBX_END: Final = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
ZSTD, SEEK_TABLE, SEEK_END = 0xFD2FB528, 0x184D2A5E, 0x8F92EAB1  # of a compressed .blend
LAST_BLOCK: Final = 64  # bytes; an uncompressed .blend's last one, ENDB, is 20 to 32 long
BRACKETS: Final = re.compile(rb'"""(?s:.*?)"""|"(?:[^"\\\n]|\\.)*"|@[^@\n]*@|#[^\n]*|([(){}\[\]])')


def is_whole(path: Path) -> bool:
    """Whether PATH is there and ends as its suffix says; of other suffixes: is not empty."""
    try:
        if not path.is_file() or not path.stat().st_size:
            return False
        ends = _ENDS.get(path.suffix.lower())
        return ends is None or ends(path)
    except (OSError, ValueError, struct.error):
        return False


def _end(path: Path, count: int) -> bytes:
    """The last COUNT bytes of PATH, or all."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read()


def _blend(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(8)
    if start[:7] == b"BLENDER":
        return b"ENDB" in _end(path, LAST_BLOCK)
    if struct.unpack("<I", start[:4])[0] != ZSTD:
        return False
    frames, flags, end = struct.unpack("<IBI", _end(path, 9))
    entry = 12 if flags & 0x80 else 8  # bytes: sizes, and perhaps a checksum
    table = _end(path, 8 + entry * frames + 9)
    magic, size = struct.unpack("<II", table[:8])
    sizes = (struct.unpack_from("<I", table, 8 + entry * i)[0] for i in range(frames))
    fits = magic == SEEK_TABLE and size == len(table) - 8
    whole = sum(sizes) + len(table) == path.stat().st_size
    return bool(end == SEEK_END and fits and whole)


def _usd(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(24)
        if start[:8] != b"PXR-USDC":
            return _usda(path)
        table = struct.unpack("<q", start[16:24])[0]
        file.seek(table)
        count = struct.unpack("<Q", file.read(8))[0]
        found = file.read(32 * count)
    sections = [struct.unpack_from("<qq", found, 32 * i + 16) for i in range(count)]
    within = all(begin + size <= table for begin, size in sections)
    return bool(sections) and within and table + 8 + 32 * count == path.stat().st_size


def _usda(path: Path) -> bool:
    """Text: every bracket that is opened is closed, and it ends with a line."""
    content = path.read_bytes()
    brackets = BRACKETS.findall(content)
    opened = sum(one in (b"(", b"{", b"[") for one in brackets)
    closed = sum(one in (b")", b"}", b"]") for one in brackets)
    return content.startswith(b"#usda") and content.endswith(b"\n") and 0 < opened == closed


def _glb(path: Path) -> bool:
    with path.open("rb") as file:
        magic, _, size = struct.unpack("<4sII", file.read(12))
    return bool(magic == b"glTF" and size == path.stat().st_size)


def _bvh(path: Path) -> bool:
    """As many lines of numbers as frames, the last as long as the first."""
    _, found, motion = path.read_text("ascii", "replace").partition("MOTION\n")
    lines = motion.splitlines()
    frames = int(lines[0].split()[1]) if found else 0
    rows = [line.split() for line in lines[2:] if line.strip()]
    return 0 < frames == len(rows) and len(rows[0]) == len(rows[-1]) and motion.endswith("\n")


def _mp4(path: Path) -> bool:
    """Its boxes fill it, and the one that says where the pictures are is among them."""
    at, kinds = 0, set()
    with path.open("rb") as file:
        while at < path.stat().st_size:
            file.seek(at)
            size, kind = struct.unpack(">I4s", file.read(8))
            if size == 1:
                size = struct.unpack(">Q", file.read(8))[0]
            if size < 8:
                return False
            kinds.add(kind)
            at += size
    return at == path.stat().st_size and b"moov" in kinds


_ENDS: Final[dict[str, Callable[[Path], bool]]] = {
    ".blend": _blend,
    ".usd": _usd,
    ".usdc": _usd,
    ".usda": _usd,
    ".glb": _glb,
    ".bvh": _bvh,
    ".mp4": _mp4,
    ".fbx": lambda path: _end(path, len(FBX_END)) == FBX_END,
    ".png": lambda path: _end(path, len(PNG_END)) == PNG_END,
}
