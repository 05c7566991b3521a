# SPDX-License-Identifier: GPL-3.0-or-later
"""The published TED LMDBs, on small ones written by the library that wrote those."""

import hashlib
import json
import struct
import tarfile

import numpy as np
import pytest
from shared_folder import SHARED
from ted_sets import FOLDER, unpacked

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions, skeleton
from ha2g_engine.data.convert import arrow_objects, lmdb_file, ted
from ha2g_engine.data.store import Store
from ha2g_engine.data.writer import Settings, write_sources
from ha2g_engine.errors import InputError

GESTURE = skeleton("gesture")
SETS = {"expressive_0141": EXPRESSIVE, "gesture_0141": GESTURE, "gesture_11": GESTURE}
GOLDEN = SHARED / "golden" / "ted_lmdb_0141"


def told(value):
    """As the fixtures' ``*.json`` tell it: see their README."""
    if isinstance(value, dict):
        return {name: told(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return [value.dtype.name, list(value.shape), digest[:16]]
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return told(np.stack(value))
    return [told(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SETS)
def test_every_number_is_what_the_writing_library_reads(name, tmp_path):
    unpacked(name, tmp_path)
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    found = {
        folder.parent.name: [told(arrow_objects.read(v)) for v in lmdb_file.values(folder)]
        for folder in tmp_path.glob("*/data.mdb")
    }
    assert found == expected


@pytest.mark.parametrize("name", SETS)
def test_a_published_lmdb_becomes_a_data_set(name, tmp_path):
    table = SETS[name]
    sources = list(ted.sources(unpacked(name, tmp_path), table))
    facts = json.loads((FOLDER / f"{name}.json").read_text())
    videos = [v for split in ("train", "val", "test") for v in facts.get(f"lmdb_{split}")
              or facts.get(split, [])]  # fmt: skip
    clips = [(video["vid"], clip) for video in videos for clip in video["clips"]]
    assert [source.speaker for source in sources] == [video for video, _ in clips]
    for source, (_, clip) in zip(sources, clips, strict=True):
        assert source.directions.shape == (36, len(table.bones), 3)  # 2.4 s at 15 fps
        assert len(source.waveform) == 2.4 * 16_000 and np.abs(source.waveform).max() > 0.05
        assert [(w.text, round(w.start, 6), round(w.end, 6)) for w in source.words] == [
            (word, round(a - clip["start_time"], 6), round(b - clip["start_time"], 6))
            for word, a, b in clip["words"]
        ]
    report = write_sources(tmp_path / "data", sources, table, Settings(keep_all=True))
    data = Store(tmp_path / "data")
    assert (data.skeleton, report.clips, report.by_speaker) == (table.name, len(sources), True)
    assert [clip.split for clip in data.clips] == [source.split for source in sources]


@pytest.mark.skipif(not GOLDEN.is_dir(), reason=f"needs the larger sets in {GOLDEN}")
@pytest.mark.parametrize("name", ["expressive", "gesture"])
def test_the_larger_sets_read_whole(name, tmp_path):
    with tarfile.open(GOLDEN / f"{name}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    sources = list(ted.sources(root, skeleton(name)))
    assert [s.split for s in sources] == ["train"] * 32 + ["val"] * 8 + ["test"] * 8
    for source in sources:
        assert source.directions.shape[0] == 120 and len(source.waveform) == 128_000


EVERY_KIND = {
    "b": [True, False, None, True], "i": 7, "neg": -(2**40), "f": 1.5, "by": b"xy", "s": "gesté",
    "n": None, "l": [1, 2, [3, []]], "t": (1, (2.5, None)), "d": {"a": 1, "b": {"c": ["x"]}},
    "nd": np.arange(3, dtype=np.float16), "f2": np.arange(6.0).reshape(2, 3),
    "sl": np.arange(12, dtype=np.int32).reshape(3, 4)[:, ::2], "hf": 2.0, "f4": 3.0, "f8": 4.0,
    "i4": 5, "empty": [], "ed": {}, "nn": [None, None],
    "mixed": [1, 2.5, "z", None, b"q", (1,), [2], {"k": 3}, True],
    "u8": np.arange(5, dtype=np.uint8), "z": np.zeros((0, 3)), "i16": np.int16([3, -4]),
}  # fmt: skip


def plain(value):
    """With names as text: under Python 2 they were bytes."""
    if isinstance(value, dict):
        return {k.decode() if isinstance(k, bytes) else k: plain(v) for k, v in value.items()}
    return value


@pytest.mark.parametrize("name", ["0141_python27", "0141", "11"])
def test_every_kind_of_value(name):
    found = plain(arrow_objects.read((FOLDER / f"kinds_{name}.bin").read_bytes()))
    assert found.keys() == EVERY_KIND.keys()
    for key, expected in EVERY_KIND.items():
        if isinstance(expected, np.ndarray):
            assert found[key].dtype == expected.dtype
            np.testing.assert_array_equal(found[key], expected)
        else:
            assert (key, found[key]) == (key, expected)
            assert type(found[key]) is type(expected)


@pytest.mark.parametrize(
    ("name", "what"), [("trap_0141", "Trap"), ("trap_11", "Trap"), ("objects_0141", "np.array")]
)
def test_pickles_are_not_opened(name, what):
    with pytest.raises(ValueError, match=f"holds an object of type {what}, not plain data"):
        arrow_objects.read((FOLDER / f"{name}.bin").read_bytes())


def test_wrong_lmdbs_are_named(tmp_path):
    root = unpacked("expressive_0141", tmp_path)
    fault = next(ted.sources(root, GESTURE))
    assert isinstance(fault, InputError) and "train/00000-vid00000000" in str(fault)
    assert "pass the other --skeleton" in str(fault)
    whole = (root / "val" / "data.mdb").read_bytes()
    for broken in (b"", b"no database", whole[: len(whole) // 2]):
        (root / "val" / "data.mdb").write_bytes(broken)
        with pytest.raises(InputError, match="val' cannot be read as a TED LMDB"):
            list(ted.sources(root, EXPRESSIVE))


def test_a_broken_message_is_a_sentence():
    whole = (FOLDER / "kinds_0141.bin").read_bytes()
    for broken in (b"", b"pickle", whole[:40], whole[:-100], whole[:16] + struct.pack("<I", 2**31)):
        with pytest.raises(ValueError, match="it "):
            arrow_objects.read(broken)


def test_damage_never_ends_in_anything_but_a_sentence():
    random = np.random.default_rng(0)
    whole = (FOLDER / "kinds_11.bin").read_bytes()
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        for place in random.integers(len(whole) // 2, size=4):
            damaged[place] = random.integers(256)
        try:
            arrow_objects.read(bytes(damaged))
        except ValueError as error:
            refused += 1
            assert str(error).startswith("it ")
    assert refused > 100


def test_a_clip_that_lacks_its_sound_is_one_bad_clip(tmp_path, monkeypatch):
    root = unpacked("gesture_11", tmp_path)
    genuine = arrow_objects.read

    def without_sound(packed):
        video = genuine(packed)
        del video["clips"][0]["audio_raw"]
        return video

    monkeypatch.setattr(arrow_objects, "read", without_sound)
    (fault,) = ted.sources(root, GESTURE)
    assert isinstance(fault, InputError) and "audio_raw" in str(fault)


def test_folders_without_lmdbs(tmp_path):
    with pytest.raises(InputError, match="holds no LMDB"):
        ted.split_folders(tmp_path)
    for name in ("train", "val"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.mdb").touch()
    assert list(ted.split_folders(tmp_path)) == ["train", "val"]


def waving(table, frames=100):
    """(frames, joints, 3) at 25 fps: an elbow that swings at a constant 40° a second."""
    directions = np.repeat(table.neutral[None], frames, axis=0)
    angle = np.radians(40) * np.arange(frames) / 25
    bone = table.bone_names.index("left_elbow>left_wrist")
    directions[:, bone] = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
    return joint_positions(directions, table)


@pytest.mark.parametrize("table", [EXPRESSIVE, GESTURE], ids=lambda t: t.name)
@pytest.mark.parametrize("flat", [False, True])
def test_25_frames_a_second_become_15(table, flat, tmp_path, monkeypatch):
    unpacked("gesture_11", tmp_path)
    frames = waving(table)
    sound = np.full(64_000, 16384, np.int16)
    clip = {
        "words": [["so", 10.2, 10.4]], "start_time": 10.0, "end_time": 14.0, "audio_raw": sound,
        "skeletons_3d": list(frames.reshape(100, -1)) if flat else frames,
    }  # fmt: skip
    monkeypatch.setattr(arrow_objects, "read", lambda _packed: {"vid": "v", "clips": [clip]})
    (source,) = ted.sources(tmp_path, table)
    bone = table.bone_names.index("left_elbow>left_wrist")
    angle = np.radians(40) * np.arange(60) / 15
    expected = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)[:-1]
    np.testing.assert_allclose(source.directions[:-1, bone], expected, atol=1e-4)
    np.testing.assert_allclose(source.waveform, 0.5, atol=1e-4)


def test_resampling_is_linear_in_time():
    frames = np.arange(50, dtype=np.float32)[:, None, None] * np.ones((1, 2, 3), np.float32)
    poses = ted.resampled(frames, 2.0)
    assert poses.shape == (30, 2, 3)
    expected = np.minimum(np.arange(30) * 25 / 15, 49)  # 25 fps read at 15
    np.testing.assert_allclose(poses[:, 0, 0], expected, rtol=1e-6)
