# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos → a data set: what is kept, what is told, and what a kill or a broken file costs."""

import json
import os
import shutil
import time
from functools import partial
from pathlib import Path

import made_videos
import numpy as np
import pytest
from made_videos import NOBODY, ONE, TWO, video
from tiny_training import write_config

from ha2g_engine.cli.main import main
from ha2g_engine.data import inspect, writer
from ha2g_engine.data.store import Store
from ha2g_engine.data.videos import build, reading, review, task
from ha2g_engine.errors import InputError
from ha2g_engine.training.config import load_config

pytest.importorskip("scenedetect", reason="the part videos is not here")

SAID = "And so, my fellow Americans, ask not what your country can do for you,"
KEEP = writer.Settings(keep_all=True)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Two people: one is seen all the time, the other between nobody and a crowd."""
    folder = tmp_path_factory.mktemp("films")
    video(folder / "ann" / "talk.mp4", (ONE, 8))
    (folder / "ann" / "talk.txt").write_text(SAID)
    video(folder / "bob" / "talk.mp4", (NOBODY, 3), (ONE, 6), (TWO, 3))
    return folder


@pytest.fixture(scope="module")
def built(films, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "data"
    found = build.read(films, out, follow=made_videos.follow)
    return out, build.write(found, out, KEEP)


def content(out):
    """All that a data set says."""
    index = json.loads((out / "index.json").read_text())
    arrays = {path.name: np.load(path) for path in sorted(out.glob("*.npy"))}
    return index, {
        name: (array.shape, float(array.astype(float).sum())) for name, array in arrays.items()
    }


def test_one_visible_speaker_is_kept_and_the_rest_is_told(built):
    out, report = built
    data = Store(out)
    assert [speaker.name for speaker in data.speakers] == ["ann", "bob"]
    seconds = [(c.motion[1] - c.motion[0]) / 15 for c in data.clips]
    assert sum(seconds) == pytest.approx(14, abs=0.5)
    assert report.shots == 4
    assert report.lost["nobody seen"] == pytest.approx(45, abs=2)
    assert report.lost["several people"] == pytest.approx(45, abs=2)
    text = "\n".join(report.sentences())
    assert "2 videos, 0 of no use, 4 shots" in text and "several people" in text
    assert inspect.inspect(out).lines


def test_words_are_aligned_and_people_are_pictured(built):
    data = Store(built[0])
    (ann,) = [c for c in data.clips if data.speakers[c.speaker].name == "ann"]
    assert [w for w, _, _ in ann.words][-4:] == ["can", "do", "for", "you,"]
    ends = [end for _, _, end in ann.words]
    assert ends == sorted(ends) and 6 < ends[-1] <= 8
    for speaker in data.speakers:
        first, last = speaker.portraits
        assert last > first
        assert data.portraits[first:last, ..., 0].min() > 200  # red: where one person is seen


def test_sound_belongs_to_the_motion(built, films):
    """The second one's clip begins where the crowd is not yet and nobody is gone."""
    data = Store(built[0])
    bob = next(c for c in data.clips if data.speakers[c.speaker].name == "bob")
    assert float(bob.name.rpartition("/")[2]) == pytest.approx(3.0, abs=0.1)
    from ha2g_engine.speech.audio import load_speech

    whole = load_speech(made_videos.SPEECH)
    start = round(float(bob.name.rpartition("/")[2]) * 16_000)
    ours = data.wave[slice(*bob.wave)][: 4 * 16_000].astype(float)
    theirs = whole[start : start + len(ours)]
    assert np.corrcoef(ours, theirs)[0, 1] > 0.9


class Killed(BaseException):
    """As Ctrl+C or a kill comes: nothing catches it."""


STEPS = {
    "sound": (reading, "write_sound"),
    "shots": (reading, "shots"),
    "poses": (task, "watched"),
    "words": (task, "_said"),
}


@pytest.mark.parametrize("when", ["before", "within"])
@pytest.mark.parametrize("step", STEPS)
def test_a_build_that_was_killed_goes_on_and_gives_the_same(
    films, built, tmp_path, monkeypatch, step, when
):
    out = tmp_path / "data"
    module, name = STEPS[step]
    real = getattr(module, name)

    def dies(*given, **named):
        if when == "within":
            real(*given, **named)
        raise Killed

    for one in task.tasks(films, out.with_name("data.steps")):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(module, name, dies)
            task.do(one, made_videos.follow)
    done = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.suffix in (".npz", ".wav")}
    for one in task.tasks(films, out.with_name("data.steps")):
        task.do(one, made_videos.follow)
        assert one.done and not one.failure
    assert all(p.stat().st_mtime_ns == then for p, then in done.items() if step != "sound")
    build.write(task.tasks(films, out.with_name("data.steps")), out, KEEP)
    expected, found = content(built[0]), content(out)
    assert found == expected


def ends_once(marker, frames, fps):
    """A finder in whose process something crashes the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(11)
    yield from made_videos.follow(frames, fps)


def always_ends(frames, fps):
    os._exit(11)
    yield from frames


def test_a_worker_that_dies_is_replaced(films, built, tmp_path):
    out = tmp_path / "data"
    follow = partial(ends_once, str(tmp_path / "marker"))
    found = build.read(films, out, workers=2, follow=follow)
    build.write(found, out, KEEP)
    assert (tmp_path / "marker").exists()
    assert content(out) == content(built[0])


def test_a_video_that_kills_every_worker_is_a_line(films, tmp_path):
    folder = tmp_path / "films"
    shutil.copytree(films / "ann", folder / "ann")
    said = []
    found = build.read(folder, tmp_path / "data", follow=always_ends, progress=said.append)
    assert "ended the process that read it, 3 times" in found[0].failure
    assert said == [f"1 of 1: {found[0].failure}"]
    with pytest.raises(InputError):
        build.write(found, tmp_path / "data", KEEP)
    assert not (tmp_path / "data").exists()


def damaged(folder, whole):
    content = whole.read_bytes()
    random = np.random.default_rng(0)
    shaken = np.frombuffer(content, np.uint8).copy()
    shaken[random.integers(100, len(shaken), len(shaken) // 20)] ^= 255
    made = {
        "empty": b"", "text": b"this is no video", "cut": content[: len(content) // 2],
        "head": content[:200], "shaken": shaken.tobytes(), "zeros": bytes(20_000),
    }  # fmt: skip
    for name, bytes_ in made.items():
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.mp4").write_bytes(bytes_)
    video(folder / "mute" / "mute.mp4", (ONE, 4), sound=False)
    return {*made, "mute"}


def test_broken_videos_are_lines_and_the_others_a_data_set(films, tmp_path):
    folder, out = tmp_path / "films", tmp_path / "data"
    names = damaged(folder, films / "ann" / "talk.mp4")
    shutil.copytree(films / "ann", folder / "ann")
    slowest = 0.0
    for one in task.tasks(folder, tmp_path / "data.steps"):
        began = time.monotonic()
        task.do(one, made_videos.follow)
        slowest = max(slowest, time.monotonic() - began)
    found = build.read(folder, out, follow=made_videos.follow)
    report = build.write(found, out, KEEP)
    assert len(Store(out).clips) >= 1
    told = "\n".join(report.failures)
    assert all(f"{name}.mp4" in told for name in names - {"shaken"}), told
    assert all(line.count("\n") == 0 and line.endswith(".") for line in report.failures)
    assert slowest < 20
    assert not list(tmp_path.rglob(".part-*"))


def test_videos_of_nobody_are_a_sentence_that_says_so(tmp_path):
    video(tmp_path / "films" / "cat.mp4", (NOBODY, 6))
    (tmp_path / "films" / "bad.mp4").write_text("no film")
    out = tmp_path / "data"
    found = build.read(tmp_path / "films", out, follow=made_videos.follow)
    with pytest.raises(InputError, match=r"Of 2 videos nothing .*0\.1 min nobody.*1 that cannot"):
        build.write(found, out, KEEP)
    assert not out.exists()


def test_parts_are_read_apart_and_written_at_the_end(films, built, tmp_path):
    out = tmp_path / "data"
    found = build.read(films, out, part=(2, 2), follow=made_videos.follow)
    assert [one.done for one in found] == [False, True]
    with pytest.raises(InputError, match="1 videos are not read yet, such as 'ann/talk'"):
        build.write(found, out, KEEP)
    build.write(build.read(films, out, part=(1, 2), follow=made_videos.follow), out, KEEP)
    assert content(out) == content(built[0])


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "x/y", "1/0", "-1/2"])
def test_parts_that_there_are_not(films, tmp_path, capsys, part):
    asked = ["data", "build", str(films), "--out", str(tmp_path / "d"), "--part", part]
    assert main(asked) != 0
    assert "for the second of four parts" in capsys.readouterr().err


def test_a_folder_without_videos_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="holds no video"):
        build.read(tmp_path, tmp_path / "d", follow=made_videos.follow)


def test_the_page_has_each_clip_and_where_its_skeleton_is(built, tmp_path, capsys):
    out, _ = built
    assert main(["data", "review", str(out), "--out", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text()
    clips = Store(out).clips
    assert f"{len(clips)} clips" in capsys.readouterr().out
    table = page[page.index("const {lines, clips} = ") :].split(" = ", 1)[1].split(";\n", 1)[0]
    shown = json.loads(table)["clips"]
    for clip, one in zip(clips, shown, strict=True):
        assert one["name"] == clip.name
        assert len(one["points"]) == clip.motion[1] - clip.motion[0]
        assert (tmp_path / one["video"]).resolve().is_file()
        assert one["end"] - one["start"] == pytest.approx(len(one["points"]) / 15, abs=0.01)
    assert review.DATA not in page


def test_ha2g_learns_who_moves_how_from_the_pictures(films, tmp_path):
    training = pytest.importorskip("ha2g_engine.training.loop", reason="tensorboard is not here")
    folder, out = tmp_path / "films", tmp_path / "data-of-three"
    for speaker in ("ann", "cat", "dan"):
        shutil.copytree(films / "ann", folder / speaker)
    found = task.tasks(folder, out.with_name(out.name + build.STEPS))
    for one in found:
        task.do(one, made_videos.follow)
    build.write(found, out, KEEP)
    config = write_config(tmp_path)
    asked = [f"data={json.dumps(str(out))}", "model.identity=image", "training.windows=1"]
    asked += ["training.epochs=1", "weights.gan=0", "weights.contrastive=0", "weights.style=0"]
    asked += ["model.image_widths=[4, 4, 8, 8]"]
    trainer = training.Trainer(load_config(config, asked))
    eyes = {n: p.clone() for n, p in trainer.model.named_parameters() if "identity" in n}
    assert np.isfinite(list(trainer.epoch().values())).all()
    after = dict(trainer.model.named_parameters())
    assert any(not eyes[name].equal(after[name]) for name in eyes)
