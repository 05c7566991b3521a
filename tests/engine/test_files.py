# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is there whole, or as it was before."""

from __future__ import annotations

import pytest

from ha2g_engine.files import replacing


def test_a_file_appears_whole_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / "new" / "table.md"
    with replacing(path) as part:
        part.write_text("half")
        assert not path.exists()
        assert part.suffix == ".md"
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "table.md"
    path.write_text("before")
    with pytest.raises(OSError, match="disk"), replacing(path) as part:
        part.write_text("half")
        raise OSError("disk full")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
