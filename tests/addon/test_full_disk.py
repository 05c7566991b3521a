# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full, a folder that cannot be written to: the file there stays, and it is said.

A small file system of its own where this user may mount one; elsewhere a limit on files.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import bpy
import pytest
from test_endings import FORMATS, moving, write  # noqa: F401 - moving is a fixture

from blender_addon import files
from blender_addon.errors import GestureError

GOOD = b"the good file"
KIBIBYTES = {"fbx": 16, "glb": 16, "bvh": 8, "png": 16, "blend": 16}  # of room; of others 32
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs mounts or limits")


@pytest.fixture
def mounted(tmp_path):
    """mounted(kib) is a folder on a file system with so much room."""
    folders = []

    def mount(kib, *options):
        folder = tmp_path / f"disk{len(folders)}"
        folder.mkdir()
        given = ",".join((f"size={kib}k", *options))
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", given, "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("this user may not mount a file system")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", folder], check=False)  # an error may hold one


@contextmanager
def files_end_at(count):
    """No file grows beyond COUNT bytes in here: as a full disk, for who cannot mount one."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@posix
@pytest.mark.parametrize("suffix", FORMATS)
def test_on_a_full_disk_the_good_file_stays(moving, mounted, suffix):  # noqa: F811
    folder = mounted(KIBIBYTES.get(suffix, 32))
    path = folder / f"take.{suffix}"
    path.write_bytes(GOOD)
    with pytest.raises(GestureError, match=r"could not .*No space left on device\.$"):
        write(moving, path)
    assert path.read_bytes() == GOOD
    assert os.listdir(folder) == [path.name]  # noqa: PTH208 - hidden ones, too


@posix
@pytest.mark.parametrize("suffix", FORMATS)
def test_where_files_may_not_grow_the_good_one_stays(moving, tmp_path, suffix):  # noqa: F811
    folder = tmp_path / "limited"
    folder.mkdir()
    path = folder / f"take.{suffix}"
    path.write_bytes(GOOD)
    with files_end_at(6000), pytest.raises(GestureError, match=r"could not .*File too large\.$"):
        write(moving, path)
    assert path.read_bytes() == GOOD
    assert os.listdir(folder) == [path.name]  # noqa: PTH208 - hidden ones, too


@posix
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_folder_that_cannot_be_written_to_is_said(moving, mounted, suffix):  # noqa: F811
    folder = mounted(512)
    path = folder / f"take.{suffix}"
    path.write_bytes(GOOD)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    with pytest.raises(GestureError, match=r"could not .*Read-only file system\.$"):
        write(moving, path)
    assert path.read_bytes() == GOOD


@posix
def test_the_panel_tells_of_a_full_disk(moving, mounted):  # noqa: F811
    path = mounted(16) / "take.fbx"
    with pytest.raises(RuntimeError, match="No space left on device"):
        bpy.ops.gestures.bake(filepath=str(path))
    assert not path.exists()
    with pytest.raises(RuntimeError, match="No space left on device"):
        bpy.ops.gestures.export(filepath=str(path.with_suffix(".usdc")), target="usd")


def test_a_writer_that_says_nothing_is_not_believed(tmp_path):
    path = tmp_path / "take.glb"
    path.write_bytes(GOOD)
    with pytest.raises(OSError, match="cut short"), files.replacing(path) as part:
        part.write_bytes(b"glTF\2\0\0\0\xff\0\0\0 and no more")
    assert path.read_bytes() == GOOD
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("length", [200, 245, 250])
def test_a_name_as_long_as_the_system_allows_is_written(tmp_path, length):
    path = tmp_path / ("é" * ((length - 5) // 2) + ".json")
    with files.replacing(path) as part:
        part.write_text("{}")
        assert part.suffix == ".json"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
