# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker takes for a request, and what it reads over."""

import io
import json

import pytest

from ha2g_engine import protocol


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 1_000_000,
        b'{"method": ' + b"[" * 1_000_000,
        b"\xff\xfe\x00",
        b"",
        b"null",
        b"[]",
        b'"generate"',
        b"{}",
        b'{"method": 3}',
        b'{"method": ["generate"]}',
        b'{"method": "generate", "params": [1]}',
        b'{"method": "generate", "params": "x"}',
        b'{"method": "generate", "id": [1]}',
        b'{"method": "generate", "id": {}}',
        b'{"method": "generate", "id": NaN}',
        b"9" * 10_000,
    ],
)
def test_what_is_no_request_is_a_value_error(line):
    with pytest.raises(ValueError, match="no request"):
        protocol.request(line)


def test_a_request_has_its_three_parts_in_any_case():
    assert protocol.request(b'{"method": "hello"}') == {"id": None, "method": "hello", "params": {}}
    line = json.dumps({"id": 7, "method": "a", "params": {"b": 1}, "more": 2}).encode()
    assert protocol.request(line) == {"id": 7, "method": "a", "params": {"b": 1}}


def test_a_line_without_end_is_read_over_in_pieces(monkeypatch):
    monkeypatch.setattr(protocol, "LONGEST_LINE", 8)
    stream = io.BytesIO(b"first\n" + b"x" * 1000 + b"\nexact..\nlast")
    assert list(protocol.lines(stream)) == [b"first\n", b"x" * 8, b"exact..\n", b"last"]
