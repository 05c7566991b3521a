# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings → data set: filters, windows, splits, the written arrays, and looking at them."""

import csv
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_folder import GESTURES, needs_gestures
from typer.testing import CliRunner

from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, TABLE, skeleton, unit
from ha2g_engine.cli.data import app
from ha2g_engine.data import filters, splits, statistics
from ha2g_engine.data.convert import smartbody
from ha2g_engine.data.growing import GrowingArray
from ha2g_engine.data.inspect import inspect
from ha2g_engine.data.source import Source, checked
from ha2g_engine.data.store import Store
from ha2g_engine.data.writer import Settings, write_sources
from ha2g_engine.errors import InputError
from ha2g_engine.metrics import bone_angles
from ha2g_engine.speech.audio import mel_spectrogram
from ha2g_engine.speech.sizes import MEL_PER_POSE, SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

FOREARM = EXPRESSIVE.bone_names.index("left_elbow>left_wrist")
SPINE = EXPRESSIVE.bone_names.index("spine>neck")


def waving(frames, still=(), degrees=60.0):
    """(T, 42, 3): the left forearm swings through ±degrees, not in the ``still`` frames."""
    directions = np.repeat(NEUTRAL[None], frames, axis=0)
    angle = np.radians(degrees) * np.sin(np.arange(frames) * 0.7)
    for start, end in still:
        angle[start:end] = 0
    directions[:, FOREARM] = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
    return directions.astype(np.float32)


def source(name="a", speaker="s", frames=60, **more):
    samples = round(frames * SAMPLE_RATE / 15)
    sound = 0.1 * np.random.default_rng(len(name)).standard_normal(samples)
    given = {"directions": waving(frames), "waveform": sound.astype(np.float32)}
    return Source(name, speaker, **(given | more))


# --- filters -------------------------------------------------------------------------------


def reason(directions, words=None):
    return filters.rejection(filters.positions(directions, EXPRESSIVE), EXPRESSIVE, words)


def test_lengths_are_those_of_the_published_data():
    """The mean pose follows from the mean directions and these lengths, chain by chain."""
    points = filters.mean_pose(EXPRESSIVE)
    index = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
    lengths = filters.proportions(EXPRESSIVE)
    for bone in (0, 3, 4, 21):
        parent, child = EXPRESSIVE.bones[bone]
        gap = np.linalg.norm(points[index[child]] - points[index[parent]])
        shrunk = np.linalg.norm(EXPRESSIVE.mean_direction[bone])
        assert lengths[bone] * shrunk == pytest.approx(gap)
    assert 0.2 < lengths[4] < 0.3  # a forearm


def test_static_windows_go_and_either_hand_saves_one():
    assert reason(np.repeat(NEUTRAL[None], 34, axis=0)) == "static"
    assert reason(waving(34)) is None
    forearm = filters.proportions(EXPRESSIVE)[FOREARM]
    spread = np.sqrt(filters.STATIC_VARIANCE) / forearm  # sd of the angle, small angles, in rad
    for factor, expected in ((0.9, "static"), (1.1, None)):
        angle = factor * spread * np.resize([-1.0, 1.0], 34)
        directions = np.repeat(NEUTRAL[None], 34, axis=0)
        directions[:, FOREARM] = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
        assert reason(directions) == expected


def test_leaning_windows_go():
    def lean(degrees):
        directions, angle = waving(34), np.radians(np.broadcast_to(degrees, 34))
        directions[:, SPINE] = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], axis=-1)
        return directions

    assert reason(lean(19)) is None
    assert reason(lean(21)) == "spine"  # on average
    once = np.zeros(34)
    once[5] = 31
    assert reason(lean(once)) == "spine"  # at any time
    once[5] = 29
    assert reason(lean(once)) is None


def test_the_mean_pose_itself_goes():
    points = np.repeat(filters.mean_pose(EXPRESSIVE)[None], 34, axis=0)
    assert filters.rejection(points, EXPRESSIVE, None) == "pose"
    moved = points + np.array([0.0601, 0, 0])  # a third of it on each axis
    assert filters.rejection(moved, EXPRESSIVE, None) == "static"


def test_windows_without_two_words_go_where_there_is_a_transcript():
    assert reason(waving(34), words=1) == "words"
    assert reason(waving(34), words=2) is None
    words = [Word("a", 0.0, 0.5), Word("b", 2.2, 2.4), Word("c", 2.3, 3)]
    points = filters.positions(waving(64), EXPRESSIVE)
    verdicts = filters.judged(points, EXPRESSIVE, words)
    assert verdicts == [(0, None), (10, None), (20, None), (30, None)]
    assert filters.words_between(words, 0.0, 34 / 15) == 2
    assert filters.words_between(words, 0.5, 2.2) == 0


@given(st.integers(34, 400), st.data())
def test_runs_hold_exactly_the_accepted_windows(frames, data):
    starts = [s for s in filters.window_starts(frames) if data.draw(st.booleans())]
    runs = filters.runs(starts)
    again = [first + s for first, end in runs for s in filters.window_starts(end - first)]
    assert again == starts
    assert all(end <= frames for _, end in runs)


# --- splits --------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.floats(1, 100)), min_size=1))
def test_splits_share_nobody_and_are_never_empty(rows):
    members = [splits.Member(f"r{i}", f"s{s}", f"t{t}", w) for i, (s, t, w) in enumerate(rows)]
    try:
        chosen, by_speaker = splits.assigned(members)
    except InputError:
        assert len({m.take for m in members}) < 3
        return
    assert set(chosen) == {"train", "val", "test"}
    for key in ("take", "speaker") if by_speaker else ("take",):
        groups = {}
        for member, split in zip(members, chosen, strict=True):
            groups.setdefault(getattr(member, key), set()).add(split)
        assert all(len(found) == 1 for found in groups.values())
    backwards, _ = splits.assigned(members[::-1])
    weight = {s: sum(m.weight for m, c in zip(members, chosen, strict=True) if c == s)
              for s in splits.SHARES}  # fmt: skip
    again = {s: sum(m.weight for m, c in zip(members[::-1], backwards, strict=True) if c == s)
             for s in splits.SHARES}  # fmt: skip
    assert weight == pytest.approx(again)  # the files' order does not matter


def test_shares_are_near_the_wanted_ones():
    members = [splits.Member(f"r{i}", f"s{i}", "", 1.0 + i % 7) for i in range(200)]
    chosen, _ = splits.assigned(members)
    total = sum(m.weight for m in members)
    for split, share in splits.SHARES.items():
        part = sum(m.weight for m, c in zip(members, chosen, strict=True) if c == split)
        assert part / total == pytest.approx(share, abs=0.02)


def test_too_few_speakers_say_so():
    members = [splits.Member("r", "s", "", 1.0)] * 5
    with pytest.raises(InputError, match="by speaker"):
        splits.assigned(members, "speaker")


# --- records and the written data set ---------------------------------------------------------


def damaged(bone=7):
    directions = waving(60)
    directions[3, bone] = np.nan
    return directions


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"directions": damaged()}, "left_index_2>left_index_3 in frame 3"),
        ({"directions": np.zeros((60, 42, 3), np.float32)}, "length 0"),
        ({"directions": waving(60)[:, :9]}, r"shape \(60, 9, 3\)"),
        ({"waveform": np.full(64_000, np.nan, np.float32)}, "sound that is not finite"),
    ],
)
def test_faulty_recordings_are_named(tmp_path, wrong, said):
    bad = source("take 7", **wrong)
    with pytest.raises(InputError, match=said) as raised:
        checked(bad, EXPRESSIVE)
    assert "take 7" in str(raised.value)
    good = [source(f"g{i}", f"s{i}") for i in range(3)]
    with pytest.raises(InputError):
        write_sources(tmp_path / "d", [*good, bad], EXPRESSIVE)
    assert list(tmp_path.iterdir()) == []  # nothing half-written
    report = write_sources(tmp_path / "d", [*good, bad], EXPRESSIVE, Settings(skip_bad=True))
    assert len(report.bad) == 1 and "take 7" in report.bad[0] and report.clips == 3


def test_the_shorter_of_sound_and_motion_counts():
    longer = checked(source(waveform=np.zeros(70_000, np.float32)), EXPRESSIVE)
    assert (len(longer.waveform), len(longer.directions)) == (64_000, 60)
    shorter = checked(source(waveform=np.zeros(60_000, np.float32)), EXPRESSIVE)
    assert (len(shorter.waveform), len(shorter.directions)) == (60_000, 57)
    silent = checked(source(waveform=np.zeros(0, np.float32)), EXPRESSIVE)
    assert len(silent.waveform) == 64_000


@pytest.mark.parametrize(("seconds", "longer", "frames"), [(2.5, "motion", 38), (7.0, "sound", 60)])
def test_what_overlaps_is_used_and_the_rest_is_told(tmp_path, seconds, longer, frames):
    waveform = np.zeros(round(seconds * 16_000), np.float32)
    uneven = checked(source("take 7", waveform=waveform), EXPRESSIVE)
    assert len(uneven.directions) == frames
    assert abs(len(uneven.waveform) - min(4.0, seconds) * 16_000) <= 1
    (remark,) = uneven.remarks
    assert f"'take 7' has 4.00 s of motion and {seconds:.2f} s of sound" in remark
    assert f"the last {abs(4.0 - seconds):.2f} s of {longer} are left out" in remark
    good = [source(f"g{i}", f"s{i}", waveform=np.zeros(63_000, np.float32)) for i in range(3)]
    mixed = [*good, source("take 7", waveform=waveform)]
    report = write_sources(tmp_path / "d", mixed, EXPRESSIVE, Settings(keep_all=True))
    assert report.clips == 4
    lines = report.sentences()
    assert remark in lines
    assert sum("are left out" in line for line in lines) == 1  # 0.06 s are not worth one
    motion, sound = (1.5, 0.0) if longer == "motion" else (0.0, 3.0)
    assert any(f"{motion:.1f} s of motion without sound" in line for line in lines)
    assert any(f"{sound:.1f} s of sound without motion" in line for line in lines)


@pytest.mark.parametrize("count", [1, 2])
def test_one_recording_alone_is_a_data_set_in_three_parts(tmp_path, count):
    alone = [source(f"r{i}", "anna", 1200, directions=waving(1200, [(500, 600)])) for i in
             range(count)]  # fmt: skip
    report = write_sources(tmp_path / "d", alone, EXPRESSIVE)
    assert any("parted in time, its first 80 % for train" in line for line in report.sentences())
    data = Store(tmp_path / "d")
    assert not data.index["speaker_disjoint"]
    seconds = [report.seconds[split] for split in ("train", "val", "test")]
    assert np.array(seconds) / sum(seconds) == pytest.approx(np.array([0.8, 0.1, 0.1]), abs=0.03)
    for name in {clip.name.split("@")[0] for clip in data.clips}:
        clips = [clip for clip in data.clips if clip.name.startswith(f"{name}@")]
        ends = [clip.motion for clip in sorted(clips, key=lambda clip: clip.motion)]
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends))  # no frame is in two
        assert [c.split for c in sorted(clips, key=lambda c: c.motion)] == sorted(
            (c.split for c in clips), key=["train", "val", "test"].index
        )


def test_a_recording_too_short_to_be_parted_is_for_training(tmp_path):
    report = write_sources(tmp_path / "d", [source("r", "anna", 90)], EXPRESSIVE)
    assert {clip.split for clip in Store(tmp_path / "d").clips} == {"train"}
    assert any("all are in train; val and test are empty" in line for line in report.sentences())
    with pytest.raises(InputError, match="by take"):
        write_sources(tmp_path / "e", [source("r")], EXPRESSIVE, Settings(by="take"))


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(34, 900)), min_size=1, max_size=6))
def test_parts_of_a_recording_stand_on_its_windows_and_share_no_frame(rows):
    pieces, end = [], 0
    for gap, length in rows:
        pieces.append((end + gap, end + gap + length))
        end += gap + length
    parts = splits.parted(pieces, 34, 10)
    assert len({split for _, split in parts}) in (1, 3)
    covered = [frame for (first, last), _ in parts for frame in range(first, last)]
    assert len(covered) == len(set(covered))
    for (first, last), _ in parts:
        assert last - first >= 34
        (around,) = [piece for piece in pieces if piece[0] <= first and last <= piece[1]]
        assert (first - around[0]) % 10 == 0


def test_sound_that_ends_within_a_frame_stays_within_its_recording(tmp_path):
    short = [source(f"r{i}", f"s{i}", waveform=np.full(60_000, 0.1 * (i + 1), np.float32))
             for i in range(3)]  # fmt: skip
    write_sources(tmp_path / "d", short, EXPRESSIVE, Settings(keep_all=True))
    data = Store(tmp_path / "d")
    for clip in data.clips:
        sound = data.wave[slice(*clip.wave)]
        assert len(sound) == 60_000 and np.ptp(sound) == 0


@pytest.fixture
def small(tmp_path):
    """A data set of four recordings; the first is still in its middle."""
    words = [Word(f"w{i}", 0.4 * i, 0.4 * i + 0.3) for i in range(30)]
    first = source("long", "anna", 180, directions=waving(180, [(60, 120)]), words=words)
    rest = [source(name, name) for name in ("bert", "carl", "dora")]
    folder = tmp_path / "data"
    write_sources(folder, [first, *rest], EXPRESSIVE, origin="four files")
    return Store(folder), first


def test_clips_are_cut_around_what_the_filters_drop(small):
    data, first = small
    pieces = [clip for clip in data.clips if clip.name.startswith("long@")]
    assert len(pieces) == 2 and len(data.clips) == 5
    for clip in pieces:
        start = int(clip.name.split("@")[1])
        motion = data.directions[slice(*clip.motion)]
        np.testing.assert_allclose(motion, first.directions[start : start + len(motion)], atol=1e-3)
        sound = data.wave[slice(*clip.wave)] / 32767
        begin = round(start * SAMPLE_RATE / 15)
        np.testing.assert_allclose(sound, first.waveform[begin : begin + len(sound)], atol=2e-5)
        assert len(sound) == pytest.approx(len(motion) * SAMPLE_RATE / 15, abs=1)
        mel = mel_spectrogram(first.waveform).T[round(start * MEL_PER_POSE) :]
        rows = data.mel[slice(*clip.mel)]
        np.testing.assert_allclose(rows, mel[: len(rows)], atol=0.05)
        assert len(rows) >= int(len(motion) * MEL_PER_POSE)
        text, begin, _ = clip.words[0]
        said = next(w for w in first.words if w.text == text)
        assert begin == pytest.approx(said.start - start / 15, abs=1e-3)
        assert all(-0.3 < b < len(motion) / 15 for _, b, _ in clip.words)
    windows = {c.motion[0] + s for c in pieces
               for s in filters.window_starts(c.motion[1] - c.motion[0])}  # fmt: skip
    assert not windows & {60, 70, 80} and windows >= {0, 40, 110, 140}


def test_the_index_tells_what_was_done(small):
    data, _ = small
    assert data.skeleton == "expressive" and data.index["origin"] == "four files"
    assert data.index["speaker_disjoint"] and data.index["windows"]["static"] > 0
    assert {c.split for c in data.clips} == {"train", "val", "test"}
    assert [c.words for c in data.clips if c.name == "bert"] == [None]
    assert data.portraits.shape == (0, 224, 224, 3)


def test_keep_all_keeps_whole_recordings(tmp_path):
    still = [source(f"r{i}", f"s{i}", directions=waving(60, [(0, 60)])) for i in range(3)]
    with pytest.raises(InputError, match="pass --keep-all"):
        write_sources(tmp_path / "d", still, EXPRESSIVE, origin="stills")
    report = write_sources(tmp_path / "d", still, EXPRESSIVE, Settings(keep_all=True))
    assert report.clips == 3 and report.windows["kept"] == 9


def test_folders_with_something_in_them_are_safe(tmp_path):
    sources = [source(f"r{i}", f"s{i}") for i in range(3)]
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "diary.txt").write_text("dear")
    for settings in (Settings(), Settings(overwrite=True)):
        with pytest.raises(InputError):
            write_sources(tmp_path / "d", sources, EXPRESSIVE, settings)
    assert (tmp_path / "d" / "diary.txt").read_text() == "dear"
    write_sources(tmp_path / "e", sources, EXPRESSIVE)
    with pytest.raises(InputError, match="--overwrite"):
        write_sources(tmp_path / "e", sources, EXPRESSIVE)
    write_sources(tmp_path / "e", sources, EXPRESSIVE, Settings(overwrite=True))


def test_short_recordings_and_no_recordings(tmp_path):
    with pytest.raises(InputError, match=r"lasts 2\.27 s"):
        write_sources(tmp_path / "d", [source(frames=33)], EXPRESSIVE, origin="x")
    with pytest.raises(InputError, match="'x' holds no recording"):
        write_sources(tmp_path / "d", [], EXPRESSIVE, origin="x")


@pytest.mark.parametrize("row", [(), (3,), (42, 3)])
def test_growing_arrays_are_npy(tmp_path, row):
    rows = np.random.default_rng(0).standard_normal((7, *row)).astype(np.float16)
    with GrowingArray(tmp_path / "a.npy", row, np.float16) as array:
        assert array.append(rows[:2]) == (0, 2)
        assert array.append(rows[2:]) == (2, 7)
    for mode in (None, "r"):
        np.testing.assert_array_equal(np.load(tmp_path / "a.npy", mmap_mode=mode), rows)


# --- statistics and the inspector ---------------------------------------------------------------


def test_statistics_are_those_of_all_frames(small):
    data, _ = small
    measured = statistics.measure(data)
    clips = [np.asarray(data.directions[slice(*c.motion)], np.float64) for c in data.clips]
    angles = [bone_angles(clip, EXPRESSIVE) for clip in clips]
    every = np.concatenate(angles)
    np.testing.assert_allclose(measured.mean_direction, np.concatenate(clips).mean(0), atol=1e-12)
    np.testing.assert_allclose(measured.angle_mean, every.mean(0), atol=1e-12)
    np.testing.assert_allclose(measured.angle_variance, every.var(0), atol=1e-12)
    change = np.concatenate([np.abs(np.diff(a, axis=0)) for a in angles])
    np.testing.assert_allclose(measured.angle_speed, change.mean(0), atol=1e-12)
    assert measured.maac == pytest.approx(change.mean()) and measured.frames == len(every)


def test_statistics_have_the_tables_shape_and_serve_as_one(small, tmp_path, monkeypatch):
    data, _ = small
    content = statistics.as_table(statistics.measure(data), EXPRESSIVE)
    published = json.loads(TABLE.read_text(encoding="utf-8"))["expressive"]
    assert published.keys() <= content["expressive"].keys()
    assert [a.keys() for a in content["expressive"]["angles"]] == [
        a.keys() for a in published["angles"]
    ]
    statistics.write(tmp_path / "table.json", content)
    monkeypatch.setattr("ha2g_engine.body.skeleton.TABLE", tmp_path / "table.json")
    again = skeleton.__wrapped__("expressive")
    np.testing.assert_allclose(
        again.mean_direction, statistics.measure(data).mean_direction, atol=1e-6
    )


def test_angles_of_a_written_file_come_back_and_wrong_files_are_named(small, tmp_path):
    data, _ = small
    measured, path = statistics.measure(data), tmp_path / "table.json"
    measured = replace(measured, angle_variance=measured.angle_variance + 1e-3)  # of still fingers
    statistics.write(path, statistics.as_table(measured, EXPRESSIVE))
    mean, variance = statistics.angles(path, EXPRESSIVE)
    np.testing.assert_allclose(mean, measured.angle_mean, rtol=1e-12)
    np.testing.assert_allclose(variance, measured.angle_variance, rtol=1e-12)
    with pytest.raises(InputError, match="no statistics of the skeleton 'gesture'"):
        statistics.angles(path, skeleton("gesture"))
    content = json.loads(path.read_text())
    for damage, said in (
        (lambda e: e["angles"][3].update(variance_over_pi2=0.0), "angle 3 never varies"),
        (lambda e: e["angles"].pop(), "other angles"),
        (lambda e: e.pop("angles"), "holds no statistics"),
    ):
        damage(content["expressive"])
        path.write_text(json.dumps(content))
        with pytest.raises(InputError, match=said):
            statistics.angles(path, EXPRESSIVE)
    with pytest.raises(InputError, match="holds no statistics"):
        statistics.angles(tmp_path / "missing.json", EXPRESSIVE)


def test_inspection_tells_and_draws(small):
    data, _ = small
    seen = inspect(data.folder)
    text = "\n".join(seen.lines)
    assert "5 clips" in text and "4 speakers" in text and "words" in text and "MAAC" in text
    assert seen.picture.width == 1280 and np.asarray(seen.picture).std() > 20


def test_damaged_motion_is_named(small):
    data, _ = small
    rows = np.load(data.folder / "directions.npy")
    rows[data.clips[1].motion[0]] = np.nan
    np.save(data.folder / "directions.npy", rows)
    with pytest.raises(InputError, match=data.clips[1].name):
        inspect(data.folder)


# --- SmartBody ------------------------------------------------------------------------------


@needs_gestures
def test_smartbody_keeps_what_is_sound_and_parts_no_duplicates(tmp_path):
    with (GESTURES / "clips.csv").open() as file:
        rows = {f"{r['set']}/{r['name']}": r for r in csv.DictReader(file)}
    sources = list(smartbody.sources(GESTURES))
    for column in ("usable", "has_fingers", "left_thumb_ok"):
        assert all(rows[s.name][column] == "1" for s in sources)
    assert len(sources) + sum(smartbody.left_out(GESTURES).values()) == len(rows)
    for by in ("auto", "take"):
        settings = Settings(by=by, overwrite=True, keep_all=True)
        report = write_sources(tmp_path / "d", sources, EXPRESSIVE, settings)
        assert report.by_speaker == (by == "auto")
        data = Store(tmp_path / "d")
        split = {clip.name: clip.split for clip in data.clips}
        twins = [(n, rows[n]["same_take_as"]) for n in split if rows[n]["same_take_as"] in split]
        assert len(twins) > 10 and all(split[a] == split[b] for a, b in twins)
        assert set(split.values()) == {"train", "val", "test"}
    assert not np.any(data.wave) and np.ptp(data.mel) == 0


@needs_gestures
def test_smartbody_anatomy(tmp_path):
    with np.load(GESTURES / "smartbody_gestures_15fps.npz", allow_pickle=False) as arrays:
        motion, offsets = arrays["directions"], arrays["offsets"]
    own = next(iter(smartbody.sources(GESTURES, "own")))
    np.testing.assert_allclose(own.directions, unit(motion[: offsets[1]]), atol=1e-6)
    ours = next(iter(smartbody.sources(GESTURES, "skeleton")))
    arms = slice(3, 37)
    np.testing.assert_allclose(ours.directions[:, arms], own.directions[:, arms], atol=1e-6)
    collars = ours.directions[:, 1:3].mean(0)
    assert np.abs(collars - NEUTRAL[1:3]).max() < np.abs(own.directions[:, 1:3].mean(0) - NEUTRAL[1:3]).max()  # noqa: E501  # fmt: skip


# --- commands --------------------------------------------------------------------------------


@needs_gestures
def test_commands(tmp_path):
    run = CliRunner().invoke
    out = tmp_path / "d"
    done = run(app, ["convert", "smartbody", str(GESTURES), "--out", str(out)])
    assert done.exit_code == 0 and "168 clips" in done.output, done.output
    assert "41" in run(app, ["inspect", str(out)]).output and (out / "inspect.png").is_file()
    done = run(app, ["statistics", str(out), "--split", "val"])
    assert json.loads(done.stdout)["expressive"]["frames"] > 1000
    assert run(app, ["statistics", str(out), "--split", "dev"]).exit_code == 2
