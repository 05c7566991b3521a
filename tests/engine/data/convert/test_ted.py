# SPDX-License-Identifier: GPL-3.0-or-later
"""The published TED LMDBs, on small ones written with the old pyarrow that wrote those."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions, skeleton
from ha2g_engine.data.convert import ted
from ha2g_engine.data.store import Store
from ha2g_engine.data.writer import Settings, write_sources
from ha2g_engine.errors import Ha2gError, InputError

GESTURE = skeleton("gesture")

WRITER = """
import lmdb, numpy, pickle, pyarrow, sys
root, poses = sys.argv[1], dict(numpy.load(sys.argv[2]))
frames = {"plain": poses["waving"], "flat": poses["waving"].reshape(len(poses["waving"]), -1)}
def clip(start, seconds, skeletons, **more):
    sound = numpy.sin(numpy.arange(int(16000 * seconds)) * 0.1).astype(numpy.float32) * 0.5
    return {"words": [["so", start + 0.2, start + 0.4], ["we", start + 1.0, start + 1.2],
                      ["go", start + 2.0, start + 2.4], ["on", start + 3.0, start + 3.4]],
            "skeletons_3d": skeletons, "audio_feat": numpy.zeros((128, 125), numpy.float32),
            "audio_raw": sound, "start_frame_no": int(start * 25), "end_frame_no": 0,
            "start_time": start, "end_time": start + seconds, **more}
def write(name, videos, context=None):
    env = lmdb.open(root + "/" + name, map_size=2 ** 28)
    with env.begin(write=True) as txn:
        for i, video in enumerate(videos):
            txn.put("{:010}".format(i).encode(), pyarrow.serialize(video, context).to_buffer())
    env.close()
write("lmdb_train", [{"vid": "v1", "clips": [clip(10.0, 4.0, frames["plain"]),
                                             clip(30.0, 4.0, list(frames["flat"]))]},
                     {"vid": "v2", "clips": [clip(0.0, 4.0, frames["plain"])]}])
write("lmdb_val", [{"vid": "v3", "clips": [clip(0.0, 4.0, frames["plain"])]}])
write("lmdb_test", [{"vid": "v4", "clips": [clip(5.0, 4.0, frames["plain"],
    audio_raw=numpy.full(64000, 16384, numpy.int16))]}])
class Trap:
    pass
context = pyarrow.SerializationContext()
context.register_type(Trap, "Trap", pickle=True)
trap = clip(0.0, 4.0, frames["plain"], extra=Trap())
write("trap/train", [{"vid": "v5", "clips": [trap]}], context)
"""


def waving(table, frames=100):
    """(frames, joints, 3) at 25 fps: an elbow that swings at a constant 40° a second."""
    directions = np.repeat(table.neutral[None], frames, axis=0)
    angle = np.radians(40) * np.arange(frames) / 25
    bone = table.bone_names.index("left_elbow>left_wrist")
    directions[:, bone] = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
    return joint_positions(directions, table)


@pytest.fixture(scope="session")
def old_python(tmp_path_factory):
    """The environment that the converter makes for itself, made by the converter."""
    before = os.environ.get("HA2G_CACHE")
    os.environ["HA2G_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    said = []
    try:
        python = ted.own_python(said.append)
        assert len(said) == 1 and ted.own_python(said.append) == python and len(said) == 1
        return python
    except Ha2gError as error:
        pytest.skip(
            f"pip cannot fetch pyarrow below 12 for this Python: {error.__cause__ or error}"
        )
    finally:
        os.environ.pop("HA2G_CACHE")
        if before is not None:
            os.environ["HA2G_CACHE"] = before


def written(python, folder, table):
    (folder / "trap").mkdir()
    np.savez(folder / "poses.npz", waving=waving(table))
    subprocess.run(
        [python, "-I", "-W", "ignore", "-c", WRITER, folder, folder / "poses.npz"],
        check=True, timeout=120,
    )  # fmt: skip
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("table", [EXPRESSIVE, GESTURE], ids=lambda t: t.name)
def test_an_lmdb_becomes_a_data_set(old_python, tmp_path, table):
    root = written(old_python, tmp_path, table)
    sources = list(ted.sources(root, table, old_python))
    assert [s.speaker for s in sources] == ["v1", "v1", "v2", "v3", "v4"]
    assert [s.split for s in sources] == ["train"] * 3 + ["val", "test"]
    for source in sources:
        assert source.directions.shape == (60, len(table.bones), 3)
        assert [(w.text, round(w.start, 3)) for w in source.words] == [
            ("so", 0.2), ("we", 1.0), ("go", 2.0), ("on", 3.0)]  # fmt: skip
    bone = table.bone_names.index("left_elbow>left_wrist")
    angle = np.radians(40) * np.arange(60) / 15  # what swung at 25 fps swings at 15
    expected = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)[:-1]
    for source in sources[:2]:  # as arrays, and as a list of flat frames
        np.testing.assert_allclose(source.directions[:-1, bone], expected, atol=1e-4)
    sound = np.sin(np.arange(64_000) * 0.1) * 0.5
    np.testing.assert_allclose(sources[0].waveform, sound, atol=1e-5)
    np.testing.assert_allclose(sources[4].waveform, 0.5, atol=1e-4)  # from int16

    report = write_sources(tmp_path / "data", sources, table, Settings(keep_all=True))
    data = Store(tmp_path / "data")
    assert (data.skeleton, report.clips, report.by_speaker) == (table.name, 5, True)
    assert [c.split for c in data.clips] == ["train"] * 3 + ["val", "test"]
    np.testing.assert_allclose(data.wave[slice(*data.clips[0].wave)] / 32767, sound, atol=2e-5)


@pytest.mark.slow
def test_wrong_lmdbs_are_named_and_pickles_are_not_opened(old_python, tmp_path):
    root = written(old_python, tmp_path, EXPRESSIVE)
    fault = next(ted.sources(root, GESTURE, old_python))
    assert isinstance(fault, InputError) and "train/00000-v1" in str(fault)
    assert "pass the other --skeleton" in str(fault)
    with pytest.raises(InputError, match="holds an object of type Trap, not plain data"):
        list(ted.sources(root / "trap", EXPRESSIVE, old_python))
    (root / "lmdb_val" / "data.mdb").write_bytes(b"no database")
    with pytest.raises(InputError, match="lmdb_val' cannot be read as a TED LMDB"):
        list(ted.sources(root, EXPRESSIVE, old_python))


def test_folders_without_lmdbs(tmp_path):
    with pytest.raises(InputError, match="holds no LMDB"):
        ted.split_folders(tmp_path)
    for name in ("train", "val"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.mdb").touch()
    assert list(ted.split_folders(tmp_path)) == ["train", "val"]


def test_a_python_without_the_packages_is_named(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "data.mdb").touch()
    for python in (Path(sys.executable), tmp_path / "python"):
        with pytest.raises(InputError, match=r"lacks lmdb.*--python"):
            next(ted.sources(tmp_path, EXPRESSIVE, python))


def test_an_environment_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HA2G_CACHE", str(tmp_path))
    monkeypatch.setattr(ted, "PACKAGES", ("no-such-package-at-all==1",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(Ha2gError, match=r"could not be set up.*--python"):
        ted.own_python()
    assert not (ted.environment_folder() / "complete").exists()


def test_resampling_is_linear_in_time():
    frames = np.arange(50, dtype=np.float32)[:, None, None] * np.ones((1, 2, 3), np.float32)
    poses = ted.resampled(frames, 2.0)
    assert poses.shape == (30, 2, 3)
    expected = np.minimum(np.arange(30) * 25 / 15, 49)  # 25 fps read at 15
    np.testing.assert_allclose(poses[:, 0, 0], expected, rtol=1e-6)
