# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is there whole, or as it was before."""

from __future__ import annotations

import errno
import os

import pytest

from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
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


def test_a_full_disk_is_one_sentence_and_the_good_file_stays(tmp_path):
    path = tmp_path / "take.npz"
    path.write_text("before")
    said = r"No space left on device.*choose another place"
    with pytest.raises(InputError, match=said), replacing(path) as part:
        part.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("letter", ["a", "ä"])
def test_the_longest_names_can_be_written(tmp_path, letter):
    path = tmp_path / (letter * ((255 - 4) // len(letter.encode())) + ".npz")
    with replacing(path) as part:
        part.write_text("whole")
        assert part.suffix == ".npz"
    assert path.read_text() == "whole"


def test_a_name_that_is_longer_is_one_sentence_of_the_shell(
    small_checkpoint, write_speech, tmp_path, capsys
):
    out = tmp_path / ("x" * 300 + ".npz")
    command = ["generate", str(write_speech(seconds=1)), "--out", str(out)]
    assert main([*command, "--checkpoint", str(small_checkpoint)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "File name too long" in said[0]
