# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file was written to its end: real ones are whole, and cut anywhere they are not."""

import bpy
import numpy as np
import pytest

from blender_addon import endings
from blender_addon.export import writers
from blender_addon.headless import animate, pixels

FORMATS = ("usdc", "usda", "usd", "fbx", "glb", "bvh", "blend", "png")


def write(armature, path):
    """A file of any kind that the add-on writes."""
    if path.suffix == ".blend":
        animate._save_blend(path)
    elif path.suffix == ".png":
        pixels.save(np.random.default_rng(1).random((200, 200, 3), np.float32), path)
    else:
        writers.export(armature, path, first=1, last=40, meshes=False)


@pytest.fixture
def moving(character):
    bone = character.pose.bones["mixamorig:LeftArm"]
    for frame in range(1, 41):
        bone.rotation_quaternion = (1.0, 0.02 * frame, 0.0, 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    return character


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_is_whole_and_cut_anywhere_it_is_not(moving, tmp_path, suffix):
    path = tmp_path / f"take.{suffix}"
    write(moving, path)
    assert endings.is_whole(path)
    content = path.read_bytes()
    cuts = {0, 1, 7, 8, 25, 4096, len(content) // 2, len(content) - 40, len(content) - 1}
    for cut in cuts | set(np.random.default_rng(2).integers(0, len(content), 40).tolist()):
        if content[:cut].strip() != content.strip():
            path.write_bytes(content[:cut])
            assert not endings.is_whole(path), cut
    path.write_bytes(bytes(len(content)))  # room that was set aside and never filled
    assert not endings.is_whole(path)


def test_a_blend_that_is_not_compressed_has_an_end_too(addon, tmp_path):
    path = tmp_path / "plain.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True, compress=False)
    content = path.read_bytes()
    assert endings.is_whole(path)
    path.write_bytes(content[: len(content) - 4096])
    assert not endings.is_whole(path)


def test_a_film_has_an_end(tmp_path):
    def box(kind, content):
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    film = box(b"ftyp", b"isom") + box(b"mdat", bytes(5000)) + box(b"moov", bytes(100))
    path = tmp_path / "film.mp4"
    path.write_bytes(film)
    assert endings.is_whole(path)
    for cut in (4, 12, 3000, len(film) - 1, len(film) - 108):
        path.write_bytes(film[:cut])
        assert not endings.is_whole(path), cut


def test_brackets_in_texts_and_paths_of_usd_do_not_count(tmp_path):
    path = tmp_path / "scene.usda"
    path.write_bytes(b'#usda 1.0\n(\n doc = "a ( b"\n)\ndef "x" {\n asset a = @./{.png@ # (\n}\n')
    assert endings.is_whole(path)


def test_what_is_no_file_is_not_whole(tmp_path):
    assert not endings.is_whole(tmp_path / "none.json")
    assert not endings.is_whole(tmp_path)
    (tmp_path / "empty.json").write_bytes(b"")
    assert not endings.is_whole(tmp_path / "empty.json")
