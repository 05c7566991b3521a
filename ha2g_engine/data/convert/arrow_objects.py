# SPDX-License-Identifier: GPL-3.0-or-later
"""Python objects as ``pyarrow.serialize`` wrote them, read without pyarrow.

Such a message is 16 bytes of counts, an Arrow stream of one schema and one record batch, and the
arrays, each an Arrow tensor. The batch's one column is a dense union of what Python knows; each
field's name is the number of a kind. pyarrow up to 0.14 counts kinds from ``bool`` and marks None
by a bit, later ones count from None, which has a field of its own; both forms are read. An object
of another type was stored as a pickle in a dict with the key ``_pytype_``: it is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .flatbuffer import Table

COUNTS: Final = 16  # bytes before the stream
ALIGNED: Final = 64  # every tensor begins at a multiple
CONTINUES: Final = 0xFFFFFFFF  # before a message's length, since pyarrow 0.15
SCHEMA, BATCH, TENSOR = 1, 3, 4  # kinds of messages
VALID_BITS_OF_UNIONS: Final = 4  # metadata versions below 4 (0 = the first) have them

Built = Callable[[list[Any]], Any]
COLLECTIONS: Final[tuple[Built, ...]] = (list, dict, tuple, set)  # their kinds, in order
FIRST_COLLECTION: Final = 9  # number of ``list`` where ``bool`` is 0
ARRAY: Final = 14
OTHERS: Final = {13: "tensor", 15: "buffer"}
NO_MESSAGE: Final = "it is no message of pyarrow.serialize"
BROKEN: Final = (
    struct.error, LookupError, TypeError, OverflowError, RecursionError, MemoryError, StopIteration
)  # fmt: skip


class Type(IntEnum):
    """Arrow's number of a column's type."""

    NULL = 1
    INT = 2
    FLOAT = 3
    BINARY = 4
    TEXT = 5
    BOOL = 6
    DATE = 8
    LIST = 12
    STRUCT = 13
    UNION = 14


@dataclass(frozen=True)
class Message:
    """kind: of SCHEMA, BATCH, TENSOR. head: its table. body: the bytes behind it."""

    kind: int
    version: int
    head: Table
    body: memoryview


@dataclass(frozen=True)
class Kind:
    """A column: its name, number of Arrow's type, details of it, and the columns below."""

    name: str
    type: int
    details: Table
    below: tuple[Kind, ...]

    @classmethod
    def of(cls, field: Table) -> Kind:
        """From a schema's field."""
        below = tuple(cls.of(child) for child in field.tables(5))
        return cls(field.text(0), field.scalar(2, "<B"), field.table(3), below)


def read(packed: bytes) -> Any:
    """What was serialized; raises ValueError for other bytes and for what is no plain data."""
    try:
        schema, batch, *tensors = _messages(memoryview(packed))
        if [m.kind for m in (schema, batch)] != [SCHEMA, BATCH]:
            raise ValueError(NO_MESSAGE)
        (column,) = (Kind.of(field) for field in schema.head.tables(1))
        (value,) = _Batch(batch, [_array(m) for m in tensors]).values(column)
    except ValueError as error:
        raise ValueError(str(error) if str(error).startswith("it ") else NO_MESSAGE) from error
    except BROKEN as error:
        raise ValueError(NO_MESSAGE) from error
    return value


def _messages(data: memoryview) -> list[Message]:
    """The stream's, up to its end, then the tensors."""
    found: list[Message] = []
    at = COUNTS
    while at < len(data):
        message, end = _message(data, at)
        if message:
            found.append(message)
        streamed = message and message.kind != TENSOR
        at = end if streamed else -(-end // ALIGNED) * ALIGNED
    return found


def _message(data: memoryview, at: int) -> tuple[Message | None, int]:
    """The message at a byte and where it ends; none at the stream's end."""
    (length,) = struct.unpack_from("<I", data, at)
    at += 4
    if length == CONTINUES:
        (length,) = struct.unpack_from("<I", data, at)
        at += 4
    if not length:
        return None, at
    table = Table.root(data[at : at + length])
    body = at + length
    end = body + table.scalar(3, "<q")
    if not body <= end <= len(data):
        raise IndexError
    version, kind = table.scalar(0, "<h"), table.scalar(1, "<B")
    return Message(kind, version, table.table(2), data[body:end]), end


def _array(message: Message) -> NDArray[Any]:
    """A tensor, a view of the message."""
    if message.kind != TENSOR:
        raise ValueError("it holds an array that is no plain one")
    head = message.head
    dtype = _dtype(head.scalar(0, "<B"), head.table(1))
    shape = [dim.scalar(0, "<q") for dim in head.tables(2)]
    strides = [stride for (stride,) in head.structs(3, "<q")] or None
    offset, _ = head.struct(4, "<qq")
    return np.ndarray(shape, dtype, message.body, offset, strides)


def _dtype(kind: int, details: Table) -> np.dtype[Any]:
    """Of numbers; raises ValueError for other types."""
    match kind:
        case Type.INT:
            sign = "i" if details.scalar(1, "<B") else "u"
            return np.dtype(f"<{sign}{details.scalar(0, '<i') // 8}")
        case Type.FLOAT:  # half, single, double
            return np.dtype(f"<f{2 << details.scalar(0, '<h')}")
        case Type.DATE:  # milliseconds
            return np.dtype("<i8")
    raise ValueError(f"it holds numbers of Arrow's type {kind}")


class _Batch:
    """A record batch whose columns are read from the outermost to the innermost."""

    def __init__(self, message: Message, arrays: list[NDArray[Any]]) -> None:
        self.body, self.arrays = message.body, arrays
        self.valid_unions = message.version < VALID_BITS_OF_UNIONS
        self.lengths = iter(message.head.structs(1, "<qq"))
        self.buffers = iter(message.head.structs(2, "<qq"))

    def values(self, kind: Kind) -> list[Any]:
        """A column as Python has it; takes the column's share of lengths and buffers."""
        length, _ = next(self.lengths)
        if not 0 <= length <= 8 * len(self.body):  # a bit each is the least
            raise ValueError(NO_MESSAGE)
        match kind.type:
            case Type.NULL:
                return [None] * length
            case Type.UNION:
                return self._union(kind, length)
            case Type.LIST:
                return self._lists(kind, length)
            case Type.STRUCT:
                self._bits(length)
                return list(zip(*(self.values(child) for child in kind.below), strict=True))
        self._bits(length)
        return self._plain(kind, length)

    def _plain(self, kind: Kind, length: int) -> list[Any]:
        if kind.type == Type.BOOL:
            return [bool(bit) for bit in self._bits(length)]
        if kind.type not in (Type.BINARY, Type.TEXT):
            return list(self._numbers(_dtype(kind.type, kind.details), length).tolist())
        ends = self._numbers(np.dtype("<i4"), length + 1).tolist()
        packed = bytes(self._buffer())
        pieces = [packed[a:b] for a, b in pairwise(ends)]
        return [piece.decode() for piece in pieces] if kind.type == Type.TEXT else pieces

    def _lists(self, kind: Kind, length: int) -> list[Any]:
        self._bits(length)
        ends = self._numbers(np.dtype("<i4"), length + 1).tolist()
        (child,) = kind.below
        items = self.values(child)
        return [items[a:b] for a, b in pairwise(ends)]

    def _union(self, kind: Kind, length: int) -> list[Any]:
        valid = self._bits(length) if self.valid_unions else [1] * length
        tags = self._numbers(np.dtype("i1"), length).tolist()
        places = self._numbers(np.dtype("<i4"), length).tolist()
        late = bool(kind.below) and kind.below[0].type == Type.NULL
        names = [int(child.name) - late for child in kind.below]
        columns = {
            tag: self._objects(name, self.values(child))
            for tag, name, child in zip(_tags(kind), names, kind.below, strict=True)
        }
        rows = zip(valid, tags, places, strict=True)
        return [columns[tag][place] if bit else None for bit, tag, place in rows]

    def _objects(self, name: int, found: list[Any]) -> list[Any]:
        """What Python makes of a column whose kind has the number NAME."""
        if name in OTHERS or name > max(OTHERS):
            raise ValueError(f"it holds a {OTHERS.get(name, 'kind of array')} that is not read")
        if name == ARRAY:
            return [self.arrays[index] for index in found]
        if not 0 <= name - FIRST_COLLECTION < len(COLLECTIONS):
            return found
        return [_plain(COLLECTIONS[name - FIRST_COLLECTION](items)) for items in found]

    def _bits(self, length: int) -> list[int]:
        """LENGTH bits, the lowest first; all set where the buffer is empty."""
        packed = np.frombuffer(self._buffer(), np.uint8)
        bits = np.unpackbits(packed, bitorder="little")[:length]
        return bits.tolist() if len(packed) else [1] * length

    def _numbers(self, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        return np.frombuffer(self._buffer(), dtype, count)

    def _buffer(self) -> memoryview:
        offset, length = next(self.buffers)
        return self.body[offset : offset + length]


def _tags(kind: Kind) -> list[int]:
    """The tag of each of a union's columns."""
    return [tag for (tag,) in kind.details.structs(1, "<i")] or list(range(len(kind.below)))


def _plain(value: Any) -> Any:
    """VALUE itself; raises ValueError where it stands for a pickled object."""
    if isinstance(value, dict) and "_pytype_" in value:
        raise ValueError(f"it holds an object of type {value['_pytype_']}, not plain data")
    return value
