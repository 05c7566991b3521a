# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's side of the pipe: lines of bearable length → requests of the right shape."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

Json = dict[str, Any]

LONGEST_LINE: Final = 64 << 20  # bytes; a plan of an hour has one megabyte


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of STREAM; of one over LONGEST_LINE its beginning alone, which is no JSON."""
    while line := stream.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)


def request(line: bytes) -> Json:
    """`id`, `method` and `params` of a request. Raises ValueError for anything else."""
    try:
        found = json.loads(line)
        job, method, params = found.get("id"), found["method"], found.get("params") or {}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("no request") from error
    if not (_is_id(job) and isinstance(method, str) and isinstance(params, dict)):
        raise ValueError("no request")
    return {"id": job, "method": method, "params": params}


def _is_id(job: Any) -> bool:
    whole = job is None or isinstance(job, int | str)
    return whole or (isinstance(job, float) and math.isfinite(job))
