# SPDX-License-Identifier: GPL-3.0-or-later
"""`ha2g evaluate` on a small data set: the ground truth's row, who wins, and whose speech it is."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from ha2g_engine import metrics
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, unit
from ha2g_engine.checkpoints.files import load, save
from ha2g_engine.cli.main import main
from ha2g_engine.data import store
from ha2g_engine.errors import InputError
from ha2g_engine.evaluation import alignment, generation, report, run, scores, systems
from ha2g_engine.evaluation.clips import Heard, hear, select, windows_of
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.models.joint_embedding import JointEmbedding
from ha2g_engine.models.speech2gesture import Speech2Gesture
from ha2g_engine.speech import audio, prosody, spectral

SECONDS = 24
TAKES = 6
SMALL = {"audio_widths": (8, 8, 16, 32), "audio_blocks": (1, 1, 1, 1), "hidden": 16,
         "gru_layers": 1, "image_widths": (8, 8, 8, 8)}  # fmt: skip


def accents(rng):
    return np.cumsum(rng.uniform(1.4, 2.4, 9))


def spoken(times):
    """(samples,) bursts of a voice at the given seconds."""
    t = np.arange(SECONDS * 16_000) / 16_000
    level = sum(np.exp(-(((t - time) / 0.08) ** 2)) for time in times)
    return (
        0.3 * level * np.sin(2 * np.pi * 220 * t) * np.sign(np.sin(2 * np.pi * 130 * t))
    ).astype(np.float32)


def moved(times, rng):
    """(frames, 42, 3) a forearm that strikes at the given seconds, on a wandering body."""
    t = np.arange(SECONDS * 15) / 15
    angle = sum(0.9 * np.tanh((t - time) / 0.1) * (-1) ** k for k, time in enumerate(times))
    bones = np.repeat(NEUTRAL[None], len(t), axis=0)
    bones = bones + 0.03 * np.sin(np.cumsum(0.05 * rng.standard_normal(bones.shape), axis=0))
    bones[:, 4, 1] += angle
    return unit(bones.astype(np.float32))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Six takes that strike on their accents, by two speakers, and three untrained models."""
    folder = tmp_path_factory.mktemp("evaluation")
    rng = np.random.default_rng(0)
    times = [accents(rng) for _ in range(TAKES)]
    waves = [spoken(some) for some in times]
    mels = [audio.mel_spectrogram(wave).T for wave in waves]
    motion = [moved(some, rng) for some in times]
    frames, samples, rows = SECONDS * 15, SECONDS * 16_000, len(mels[0])
    clips = [
        store.ClipEntry(f"{split}{i}", split, i % 2, (i * rows, (i + 1) * rows),
                        (i * frames, (i + 1) * frames), (i * samples, (i + 1) * samples))
        for split in ("train", "test") for i in range(TAKES)
    ]  # fmt: skip
    people = [store.SpeakerEntry(name, (0, 0)) for name in "ab"]
    arrays = {
        "mel": np.concatenate(mels).astype(np.float16),
        "directions": np.concatenate(motion).astype(np.float16),
        "portraits": np.zeros((0, 224, 224, 3), np.uint8),
    }
    store.write(folder / "mel-only", {"skeleton": "expressive"}, people, clips, arrays)
    arrays["wave"] = (np.concatenate(waves) * 32767).astype(np.int16)
    store.write(folder / "data", {"skeleton": "expressive"}, people, clips, arrays)
    for name, kind, seed in (
        ("ae", Autoencoder, 0), ("ha2g-1", HA2G, 0), ("ha2g-2", HA2G, 1), ("s2g", Speech2Gesture, 0)
    ):  # fmt: skip
        torch.manual_seed(seed)
        save(folder / f"{name}.safetensors", kind(ModelConfig(**SMALL)))
    return folder


def arguments(files, *models, data="data"):
    paths = [str(files / f"{m}.safetensors") for m in models]
    return ["evaluate", *paths, "--data", str(files / data),
            "--autoencoder", str(files / "ae.safetensors")]  # fmt: skip


def test_speakers_are_found_by_name_in_the_model(files):
    clips = select(store.Store(files / "data"), "test")
    assert [clips.row(speaker) for speaker in (0, 1)] == [0, 1]
    assert [clips.counted_in({"speakers": ["c", "b", "a"]}).row(s) for s in (0, 1)] == [2, 1]
    assert [clips.counted_in({"speakers": ["b"]}).row(s) for s in (0, 1)] == [0, 0]


def test_a_table_with_the_ground_truth_first(files, tmp_path):
    table, plot = tmp_path / "out" / "table.md", tmp_path / "plot.png"
    command = [*arguments(files, "ha2g-1", "ha2g-2", "s2g"), "--seeds", "2"]
    assert main([*command, "--table", str(table), "--plot", str(plot)]) == 0
    content = json.loads(table.with_suffix(".json").read_text())["data"]
    truth, ours, baseline = content["rows"]
    assert [row["model"] for row in content["rows"]] == ["ground truth", "ha2g", "s2g"]
    assert truth["FGD"]["mean"] == pytest.approx(0, abs=1e-3)
    assert truth["MAE m"]["mean"] == 0
    learned = content["facts"]["FGD of the train split's motion"]  # which is the same here
    assert learned == pytest.approx(truth["FGD"]["mean"], abs=2e-3)
    assert content["facts"]["windows"] == TAKES * (SECONDS * 15 // 34)
    assert len(ours["runs"]) == 4
    for row in (ours, baseline):
        assert row["FGD"]["mean"] > 100 * abs(truth["FGD"]["mean"])
        assert row["MAE m"]["mean"] > 0
        assert {c for c in truth if "strokes" not in c} <= set(row)
    by_file = [
        np.mean([r["scores"]["FGD"] for r in ours["runs"] if f"ha2g-{k}" in r["checkpoint"]])
        for k in (1, 2)
    ]
    assert ours["FGD"]["mean"] == pytest.approx(np.mean(by_file))
    assert ours["FGD"]["spread"] == pytest.approx(np.std(by_file, ddof=1))
    text = table.read_text()
    assert f"BC ({metrics.BEAT_THRESHOLD})" in text
    assert content["facts"]["autoencoder sha256"] in text
    assert text.count("\n|") == 4
    assert len(np.unique(np.asarray(Image.open(plot)).reshape(-1, 3), axis=0)) > 50


def test_a_test_split_alone_can_be_evaluated(files, tmp_path):
    shutil.copytree(files / "data", tmp_path / "data")
    path = tmp_path / "data" / "index.json"
    index = json.loads(path.read_text())
    index["clips"] = [clip for clip in index["clips"] if clip["split"] == "test"]
    path.write_text(json.dumps(index))
    group = systems.grouped([str(files / "s2g.safetensors")])
    table = run.evaluate(group, tmp_path / "data", files / "ae.safetensors", seeds=1)
    assert table.rows[1].value("FGD")[0] > 0
    assert "FGD of the train split's motion" not in table.facts


def test_one_z_moves_all_windows_of_a_joint_embeddings_take(files, monkeypatch):
    clips = select(store.Store(files / "data"), "test")
    model = JointEmbedding(ModelConfig(hidden=16, n_words=4, text_layers=1, word_dim=8))
    states = []
    forward = model.forward
    monkeypatch.setattr(
        model, "forward", lambda i, noise: (states.append(noise.get_state()), forward(i, noise))[1]
    )
    generation.take(model.eval(), clips, 0, seed=3)
    assert len(states) > 1
    assert all(state.equal(states[0]) for state in states)


def test_takes_are_walked_through_in_the_pose_that_is_shown(files):
    clips = select(store.Store(files / "data"), "test")
    torch.manual_seed(0)
    model = HA2G(ModelConfig(**SMALL)).eval()
    takes = [generation.take(model, clips, 0, 1)]
    windows = [generation.windows(model, clips, 1)]
    model.levels[-1].out[-1].bias.data += 0.5  # the finest level's word on all bones
    takes.append(generation.take(model, clips, 0, 1))
    windows.append(generation.windows(model, clips, 1))
    coarser, own = list(EXPRESSIVE.levels[-2]), sorted(set(range(42)) - {*EXPRESSIVE.levels[-2]})
    for before, after in (takes, windows):
        np.testing.assert_array_equal(before[..., coarser, :], after[..., coarser, :])
        assert np.abs(before[..., own, :] - after[..., own, :]).max() > 0.1


def test_fewer_windows_are_still_from_everywhere(files):
    streams = select(store.Store(files / "data"), "train").streams
    every, _ = windows_of(streams)
    some, motion = windows_of(streams, most=len(every) // 3)
    assert some == every[::3]
    assert motion.shape == (len(some), 34, 42, 3)


@pytest.mark.parametrize("data", ["data", "mel-only"])
def test_strokes_meet_the_accents_of_their_own_speech_only(files, data):
    clips = select(store.Store(files / data), "test")
    heard = hear(clips)
    assert heard.source == ("waveform" if data == "data" else "spectrogram")
    match = alignment.strokes_on_peaks(clips.real_takes, heard, EXPRESSIVE)
    assert match.right > 0.9
    assert match.shuffled < 0.6
    assert match.p < 0.01
    wrong = [clips.real_takes[i] for i in (1, 2, 3, 4, 5, 0)]
    assert alignment.strokes_on_peaks(wrong, heard, EXPRESSIVE).p > 0.05
    beats = alignment.beats_on_onsets(clips.real, heard, EXPRESSIVE)
    motion = metrics.motion_beats(clips.real, EXPRESSIVE)
    assert beats.right == metrics.beat_consistency(motion, heard.beats)
    same = replace(heard, beats=motion)
    told = alignment.beats_on_onsets(clips.real, same, EXPRESSIVE)
    assert told.right == 1 > told.shuffled
    assert told.p < 0.01


def fading_beats(rng, speeches, windows):
    """Random times in each window; fewer the later it is, as where everyone tires."""
    rates = rng.uniform(0.5, 1.5, (speeches, 1)) * np.linspace(8, 1, windows)
    return [np.sort(rng.uniform(0, 34 / 15, rng.poisson(rate))) for rate in rates.ravel()]


def test_beats_that_know_nothing_of_the_sound_are_seldom_significant(monkeypatch):
    speeches, windows, rng = 6, 8, np.random.default_rng(0)
    monkeypatch.setattr(alignment, "BEAT_PERMUTATIONS", 39)
    speech, place = np.indices((speeches, windows)).reshape(2, -1).tolist()

    def by_chance():
        sound, motion = (fading_beats(rng, speeches, windows) for _ in range(2))
        monkeypatch.setattr(metrics, "motion_beats", lambda *_: motion)
        heard = Heard(sound, [], [], [], speech, place, "waveform")
        return alignment.beats_on_onsets(np.zeros(0), heard, EXPRESSIVE).p

    found = np.array([by_chance() for _ in range(200)])
    assert 0.02 < (found <= 0.05).mean() < 0.08
    assert 0.4 < (found <= 0.5).mean() < 0.6


def test_windows_behind_the_end_of_the_other_speech_are_left_out(monkeypatch):
    times = [np.array([t]) for t in (0.5, 1.0, 0.5)]  # two windows of one speech, one of another
    monkeypatch.setattr(metrics, "motion_beats", lambda *_: times)
    heard = Heard(times, [], [], [], [0, 0, 1], [0, 1, 0], "waveform")
    match = alignment.beats_on_onsets(np.zeros(0), heard, EXPRESSIVE)
    assert (match.right, match.shuffled, match.p) == (1, 1, 1)


def test_padded_beat_consistency_is_the_metric():
    rng = np.random.default_rng(0)
    motion = [rng.uniform(0, 2, n) for n in (3, 0, 5, 1)]
    sound = [rng.uniform(0, 2, n) for n in (4, 2, 0, 6)]
    ours = alignment._consistency(alignment._padded(motion), alignment._padded(sound))
    assert ours == pytest.approx(metrics.beat_consistency(motion, sound))


def test_silent_takes_and_one_speech_give_no_control():
    still = [np.repeat(NEUTRAL[None], 60, axis=0)]
    nothing = Heard([np.zeros(0)], [np.zeros(0)], [4.0], [0], [0], [0], "waveform")
    assert alignment.strokes_on_peaks(still, nothing, EXPRESSIVE) is None
    alone = Heard([np.ones(1)], [np.ones(1)], [4.0], [0], [0], [0], "waveform")
    match = alignment.strokes_on_peaks([moved([1.0], np.random.default_rng(0))], alone, EXPRESSIVE)
    assert np.isnan(match.p)


def test_beats_and_peaks_from_the_spectrogram_are_those_from_the_waveform(jfk):
    wave = audio.load_speech(jfk)
    mel = audio.mel_spectrogram(wave)
    peaks, theirs = prosody.peaks(wave)[0], spectral.mel_peaks(mel)
    assert prosody.near(peaks, theirs, 0.05).mean() > 0.9
    assert prosody.near(theirs, peaks, 0.05).mean() > 0.9
    beats = metrics.audio_beats(wave)
    assert prosody.near(beats, spectral.mel_beats(mel), 0.1).mean() > 0.9


def test_real_motion_as_a_model_scores_as_the_ground_truth(files):
    clips = select(store.Store(files / "data"), "test")
    heard = hear(clips)
    encoder, _ = load(files / "ae.safetensors")
    real = scores.measure(clips, heard, clips.real, clips.real_takes, encoder)
    still = np.broadcast_to(NEUTRAL, clips.real.shape).astype(np.float32)
    held = [np.broadcast_to(NEUTRAL, take.shape).astype(np.float32) for take in clips.real_takes]
    dull = scores.measure(clips, heard, still, held, encoder)
    assert real["FGD"] < dull["FGD"]
    assert dull["Diversity"] == pytest.approx(0, abs=1e-4)
    assert dull[scores.BC] == 0 < real[scores.BC]
    assert dull["jerk m/s³"] == 0 < real["jerk m/s³"]
    assert dull["beyond limits"] == 0


def test_recordings_without_motion(files, jfk, tmp_path, capsys):
    folder = tmp_path / "speech"
    folder.mkdir()
    wave = audio.load_speech(jfk)
    for name, first in (("one", 0), ("two", 5)):
        soundfile.write(folder / f"{name}.wav", wave[first * 16_000 :][: 6 * 16_000], 16_000)
    table = tmp_path / "table.md"
    command = ["evaluate", str(files / "ha2g-1.safetensors"), "--speech", str(folder)]
    assert main([*command, "--people", "2", "--table", str(table)]) == 0
    row = json.loads(table.with_suffix(".json").read_text())["speech"]["rows"][0]
    assert 0 <= row["strokes on peaks"]["mean"] <= 1
    assert {"one.wav", "two.wav"} <= set(row["runs"][0]["scores"])
    assert row["seeds apart m"]["mean"] > 0
    assert "strokes on peaks, shifted" in capsys.readouterr().out


def test_runs_of_one_system_are_one_row(tmp_path):
    names = ["ha2g-1", "ha2g-2", "other-7"]
    paths = [str(tmp_path / f"{name}.safetensors") for name in names]
    assert [g.name for g in systems.grouped(paths)] == ["ha2g", "other-7"]
    runs = [str(tmp_path / f"trimodal_s{k}" / "best.safetensors") for k in range(3)]
    assert [(g.name, len(g.files)) for g in systems.grouped(runs)] == [("trimodal", 3)]
    twins = [str(tmp_path / where / "trimodal" / "best.safetensors") for where in ("base", "tuned")]
    assert [g.name for g in systems.grouped(twins)] == ["base/trimodal", "tuned/trimodal"]
    seeds = [str(tmp_path / w / f"m-{k}" / "best.safetensors") for w in "ab" for k in (1, 2)]
    assert [(g.name, len(g.files)) for g in systems.grouped(seeds)] == [("a/m", 2), ("b/m", 2)]
    named = systems.grouped(["HA2G=a.safetensors,b.safetensors", "c.safetensors"])
    assert [(g.name, len(g.files)) for g in named] == [("HA2G", 2), ("c", 1)]
    for wrong in (["=a"], ["A="], ["A=a", "A=b"], ["a", "a"], ["A=a", "x/A"], ["x/A", "A=a"]):
        with pytest.raises(InputError):
            systems.grouped(wrong)


def test_a_worst_p_value_stands_for_a_row():
    runs = [report.Run(f, 0, {"FGD": x, "strokes on peaks, p": p})
            for f, x, p in (("a", 1.0, 0.001), ("b", 3.0, 0.2))]  # fmt: skip
    row = report.Row("m", runs)
    assert row.value("FGD") == (2.0, pytest.approx(np.sqrt(2)))
    assert row.value("strokes on peaks, p") == (0.2, 0.0)
    assert row.value("seam jump") is None


def test_what_cannot_be_evaluated_is_one_sentence(files, tmp_path, capsys):
    cases = [
        arguments(files, "ae"),
        arguments(files, "none"),
        [*arguments(files, "ha2g-1"), "--split", "val"],
        ["evaluate", str(files / "ha2g-1.safetensors"), "--data", str(tmp_path),
         "--autoencoder", str(files / "ae.safetensors")],
        ["evaluate", str(files / "ha2g-1.safetensors"), "--data", str(files / "data"),
         "--autoencoder", str(files / "ha2g-1.safetensors")],
        ["evaluate", str(files / "ha2g-1.safetensors"), "--data", str(files / "data")],
        ["evaluate", str(files / "ha2g-1.safetensors")],
        ["evaluate", str(files / "ha2g-1.safetensors"), "--speech", str(tmp_path)],
        [*arguments(files, "ha2g-1"), "--people", "2"],
        ["evaluate", "m.safetensors", "--speech", str(tmp_path), "--seeds", "2"],
        ["evaluate", "m.safetensors", "--speech", str(tmp_path), "--split", "val"],
        ["evaluate", "m.safetensors", "--speech", str(tmp_path), "--autoencoder", "a.safetensors"],
    ]  # fmt: skip
    for command in cases:
        assert main(command) == 2
        progress_and_error = capsys.readouterr().err.splitlines()
        assert len([line for line in progress_and_error if "Measuring" not in line]) == 1


@pytest.mark.parametrize("where", ["seam jump", "seam jump, mid-window"])
def test_a_jump_counts_where_it_is(where):
    rng = np.random.default_rng(0)
    still = np.broadcast_to(EXPRESSIVE.neutral, (94, 42, 3))
    take = np.float32(still + 0.01 * rng.standard_normal((94, 42, 3)))
    take[{"seam jump": 61, "seam jump, mid-window": 46}[where] :, 4] *= -1
    seen = scores._seen([take], EXPRESSIVE, 30)
    for name in ("seam jump", "seam jump, mid-window"):
        assert (seen[name] > 5) == (name == where)


def test_a_hand_in_the_chest_is_seen():
    inside = EXPRESSIVE.neutral.copy()
    assert metrics.hand_in_body(inside[None], EXPRESSIVE) == 0
    inside[3], inside[4] = (0, 1, 0), unit(np.float32([-0.7, -0.6, 0]))  # the left wrist
    assert metrics.hand_in_body(inside[None], EXPRESSIVE) == 1


def test_not_finite_motion_names_its_clip(files, tmp_path):
    whole = store.Store(files / "mel-only")
    motion = np.array(whole.directions)
    motion[whole.clips[2].motion[0] + 5, 3] = np.nan
    arrays = {"mel": whole.mel, "directions": motion, "portraits": whole.portraits}
    store.write(tmp_path / "data", {"skeleton": "expressive"}, whole.speakers, whole.clips, arrays)
    with pytest.raises(InputError, match="'test2'"):
        run.select(store.Store(tmp_path / "data"), "test")


def test_clips_of_a_data_set_beside_real_motion(files, tmp_path, capsys):
    out = tmp_path / "samples"
    command = ["generate", "--from-dataset", str(files / "data"), "--count", "2"]
    command += ["--checkpoint", str(files / "ha2g-1.safetensors"), "--out", str(out)]
    assert main(command) == 0
    names = ["000-test0", "001-test5"]
    assert sorted(p.name for p in out.iterdir()) == sorted(
        f"{name}.{suffix}" for name in names for suffix in ("mp4", "npz", "wav")
    )
    whole = store.Store(files / "data")
    with np.load(out / "001-test5.npz") as content:
        assert content["directions"].shape == content["real"].shape == (34 + 30 * 10, 42, 3)
        first = whole.split("test")[5].motion[0]
        np.testing.assert_allclose(
            content["real"], whole.directions[first : first + 334], atol=1e-3
        )
        assert np.abs(content["directions"] - content["real"]).max() > 0.1
        assert str(content["clip"]) == "test5"
        assert str(content["speaker"]) == "b"
    sound, rate = soundfile.read(out / "001-test5.wav")
    assert (len(sound), rate) == (round(334 * 16_000 / 15), 16_000)
    first = whole.split("test")[5].wave[0]
    np.testing.assert_allclose(sound, whole.wave[first : first + len(sound)] / 32768, atol=1e-4)
    film = imageio_ffmpeg.read_frames(str(out / "001-test5.mp4"))
    facts = next(film)
    film.close()
    assert facts["size"] == (1280, 480)
    assert facts["fps"] == 15
    assert facts["audio_codec"] == "aac"


def test_clips_without_a_waveform_are_silent_and_say_so(files, tmp_path, capsys):
    command = ["generate", "--from-dataset", str(files / "mel-only"), "--count", "1"]
    command += ["--checkpoint", str(files / "s2g.safetensors"), "--out", str(tmp_path)]
    assert main(command) == 0
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".mp4", ".npz"]
    assert "no waveform" in capsys.readouterr().err


def test_speech_and_data_set_exclude_each_other(files, jfk, tmp_path, capsys):
    out = ["--out", str(tmp_path / "x.npz")]
    for command in (
        ["generate", *out],
        ["generate", str(jfk), "--from-dataset", str(files / "data"), *out],
        ["generate", "--identity-seed", "3", "--from-dataset", str(files / "data"), *out],
        ["generate", "--no-rest", "--from-dataset", str(files / "data"), *out],
        ["generate", str(jfk), "--count", "2", *out],
        ["generate", str(jfk), "--split", "val", *out],
    ):
        assert main(command) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_real_motion_alone_is_a_system_of_a_study(files, tmp_path, capsys):
    out = tmp_path / "samples"
    command = ["generate", "--from-dataset", str(files / "data"), "--count", "2", "--apart"]
    command += ["--checkpoint", str(files / "ha2g-1.safetensors"), "--out", str(out)]
    assert main(command) == 0
    for name in ("real", "generated"):
        assert sorted(p.name for p in (out / name).iterdir()) == ["000-test0.mp4", "001-test5.mp4"]
    both, alone = (
        np.frombuffer(next(read), np.uint8).reshape(480, width, 3).astype(int)
        for width, read in (
            (1280, frames(out / "000-test0.mp4")),
            (640, frames(out / "real" / "000-test0.mp4")),
        )
    )
    gap = np.abs(both[60:, :640] - alone[60:])  # below the name
    assert gap.mean() < 2
    page, systems = tmp_path / "study.html", [f"real={out / 'real'}", f"ours={out / 'generated'}"]
    clips = [part for system in systems for part in ("--clips", system)]
    assert main(["study", "build", "--out", str(page), *clips]) == 0
    key = base64.b64decode(re.search(r'id="key">([^<]+)<', page.read_text())[1])
    told = json.loads(key)
    assert told["systems"] == ["real", "ours"]

    raters = {"ann": (5, 2), "bob": (4, 1), "cem": (5, 3)}  # what each says of real, of ours
    for person, values in raters.items():
        ratings = [
            {"speech": speech, "system": system, "naturalness": v, "smoothness": v, "synchrony": v}
            for speech in told["speeches"]
            for system, v in zip(told["systems"], values, strict=True)
        ]
        content = {"format": "gesture-study-result", "study": told["study"], "ratings": ratings}
        content |= {"participant": person, "systems": told["systems"]}
        (tmp_path / f"{person}.json").write_text(json.dumps(content))
    capsys.readouterr()
    results = [str(tmp_path / f"{person}.json") for person in raters]
    assert main(["study", "score", *results, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    means = {(o["system"], o["question"]): o["mean"] for o in report["opinions"]}
    assert report["participants"] == 3
    assert means["real", "naturalness"] == pytest.approx(14 / 3)
    assert means["ours", "synchrony"] == pytest.approx(2)


def frames(path):
    """The pictures of a film."""
    read = imageio_ffmpeg.read_frames(str(path))
    next(read)  # facts
    return read
