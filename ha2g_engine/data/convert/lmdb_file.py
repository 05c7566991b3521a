# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of an LMDB file, read without a library: the pages as lmdb.h and mdb.c lay them out.

The file is a B+ tree of pages. Two meta pages stand first, the one of the later transaction
counts. A branch page names further pages; a leaf page holds keys and values, a long value on
overflow pages one after another. All numbers are little-endian.
"""

# Why not the package lmdb (3.0.0, OLDAP-2.8): it reads the same bytes, but looks at pages without
# asking whether the file has them. Of 20 files cut short, as a broken download of these gigabytes
# is, 19 killed the process by SIGBUS; here each is a sentence.

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAGIC: Final = 0xBEEFC0DE
VERSION: Final = 1
HEADER: Final = 16  # bytes of a page's header: number, padding, flags, free space
META: Final = struct.Struct("<II 16x I 50x H 32x Q 8x Q")  # see ``_meta``
EMPTY: Final = 2**64 - 1  # root of a tree without pages
BRANCH, LEAF = 0x01, 0x02  # flags of a page
ELSEWHERE: Final = 0x01  # flag of a node whose value is on overflow pages


@dataclass(frozen=True)
class Tree:
    """page: bytes of one. depth: pages from the root to a leaf. root: number of its page."""

    page: int
    depth: int
    root: int
    transaction: int


def values(path: Path) -> Iterator[bytes]:
    """Every value, in the order of the keys; raises ValueError for a file that is no LMDB."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            tree = _tree(data)
            if tree.root != EMPTY:
                yield from _below(data, tree, tree.root, tree.depth)
        except (struct.error, IndexError) as error:
            raise ValueError("its pages are cut short") from error


def _tree(data: mmap.mmap) -> Tree:
    """The newer of the two meta pages."""
    first = _meta(data, 0)
    return max(first, _meta(data, first.page), key=lambda tree: tree.transaction)


def _meta(data: mmap.mmap, at: int) -> Tree:
    """Of two trees the first lists free pages, its padding the pages' size; the second the data."""
    magic, version, page, depth, root, transaction = META.unpack_from(data, at + HEADER)
    if magic != MAGIC or version != VERSION:
        raise ValueError("it is no LMDB file")
    return Tree(page, depth, root, transaction)


def _below(data: mmap.mmap, tree: Tree, number: int, depth: int) -> Iterator[bytes]:
    """The values of a page and of all below it."""
    page = number * tree.page
    flags, lower = struct.unpack_from("<HH", data, page + 10)
    if not depth or not flags & (BRANCH | LEAF):
        raise ValueError("its tree of pages is broken")
    for offset in struct.unpack_from(f"<{(lower - HEADER) // 2}H", data, page + HEADER):
        node = page + offset
        low, high, mark, key = struct.unpack_from("<HHHH", data, node)
        if flags & BRANCH:
            yield from _below(data, tree, low | high << 16 | mark << 32, depth - 1)
        else:
            yield _value(data, tree, node + 8 + key, low | high << 16, mark)


def _value(data: mmap.mmap, tree: Tree, at: int, size: int, mark: int) -> bytes:
    if mark & ELSEWHERE:
        (number,) = struct.unpack_from("<Q", data, at)
        at = number * tree.page + HEADER
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]
