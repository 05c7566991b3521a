# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths are opened: files of this computer, of bearable size, and nothing else."""

import os

import pytest

from ha2g_engine import paths
from ha2g_engine.errors import InputError


@pytest.mark.parametrize(
    "path",
    ["//server/share/a.wav", "\\\\server\\share\\a.wav", "/\\server/a.wav", "\\\\.\\pipe\\a"],
)
def test_a_path_on_a_server_is_not_even_asked_for(path, monkeypatch):
    asked = []
    monkeypatch.setattr(os, "stat", lambda *args, **more: asked.append(args))
    with pytest.raises(InputError, match="on a server"):
        paths.regular(path, "a file")
    assert not paths.is_file(path)
    assert not asked


def test_devices_pipes_and_folders_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in ("/dev/zero", tmp_path, tmp_path / "pipe", tmp_path / "link", tmp_path / "no"):
        with pytest.raises(InputError, match="is not there: choose a song"):
            paths.regular(path, "a song")


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".wav", "a\x00b", "\ud800", "a/" * 5000, "two\nlines"]
)
def test_names_that_no_file_can_have_are_one_short_sentence(tmp_path, name):
    with pytest.raises(InputError) as caught:
        paths.regular(f"{tmp_path}/{name}", "a file")
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    message.encode("utf-8")
    assert paths.stamp(name) == (name, 0, 0)


def test_a_file_over_the_limit_is_refused_by_its_size_alone(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"")
    os.truncate(path, 10 << 40)  # ten terabytes, of which the disk has none
    with pytest.raises(InputError, match="10485760 MB, and at most 16 are read"):
        paths.text_of(path, "another file")


def test_text_is_utf_8(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("grün", "utf-8")
    assert paths.text_of(path, "another") == "grün"
    path.write_text("grün", "latin-1")
    with pytest.raises(ValueError):
        paths.text_of(path, "another")


def test_a_stamp_changes_with_the_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("one")
    before = paths.stamp(path)
    path.write_text("three")
    assert before[2] == 3
    assert paths.stamp(path) != before
