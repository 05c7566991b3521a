# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of 60 poses, stride 50, 10 given: from recordings to takes; others are told apart."""

import itertools
import json
from dataclasses import replace

import bvh_files
import numpy as np
import pytest
import soundfile
import torch
from tiny_training import CONFIG, write_config

from ha2g_engine import light_worker
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.data.inspect import inspect
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.layers import over_poses
from ha2g_engine.models.registry import SYSTEMS, build
from ha2g_engine.models.window import Window
from ha2g_engine.speech.sizes import mel_frames, samples
from ha2g_engine.synthesis.finishing import joined
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.synthesis.windows import window_starts
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer, train

LONG = Windows(60, 50, 10)
LOOSE = Windows(48, 20, 6)  # whose windows share more than what is given
ASKED = ("model.frames=60", "model.stride=50", "model.given=10")
GENERATORS = [system for system in SYSTEMS if system != "autoencoder"]
WORDED = ("seq2seq", "joint_embedding", "trimodal")


def run(*command):
    assert main([str(part) for part in command]) == 0


def recorded(folder, name, frames):
    """X.bvh at 15 fps, waving, X.wav and X.json, with somebody of that name."""
    folder = folder / name
    folder.mkdir(parents=True)
    poses = [
        {"LeftForeArm": bvh_files.turn("Y", -60 + 60 * np.sin(t * len(name) / 9))}
        for t in range(frames)
    ]
    path = bvh_files.write(folder / "a.bvh", poses, bvh_files.Style(frame_time=1 / 15))
    sound = 0.1 * np.random.default_rng(len(name)).standard_normal(frames * 16_000 // 15)
    soundfile.write(path.with_suffix(".wav"), sound, 16_000)
    words = [[f"word{i % 5}", i / 3, i / 3 + 0.3] for i in range(frames // 5)]
    path.with_suffix(".json").write_text(json.dumps(words))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Three people of 12 s; one of 3 s, which is a window of 34 but not of 60."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, frames in (("anna", 180), ("bertram", 180), ("carl-gustaf", 180), ("d", 45)):
        recorded(folder, name, frames)
    return folder


@pytest.fixture(scope="module")
def long_data(recordings, tmp_path_factory):
    """The same as a data set of windows of 60."""
    out = tmp_path_factory.mktemp("data") / "long"
    sizes = ("--frames", 60, "--stride", 50, "--given", 10)
    run("data", "convert", "bvh", recordings, "--out", out, "--keep-all", *sizes)
    return out


def trained(folder, data, system, *more):
    path = folder / f"{system}.toml"
    path.write_text(CONFIG.format(data=data, out=folder / system))
    words = ["model.n_words=1", "model.text_dim=32"] if system in WORDED else []
    short = ["training.epochs=1", "training.batch=2", "training.ahead=0", f"system={system}"]
    return train(path, [*ASKED, *short, *words, *more], progress=lambda _line: None)


# --- data -------------------------------------------------------------------------------------


def test_a_data_set_records_its_windows_and_keeps_none_shorter(recordings, long_data, tmp_path):
    usual = tmp_path / "usual"
    run("data", "convert", "bvh", recordings, "--out", usual, "--keep-all")
    assert Store(long_data).cut == LONG and Store(usual).cut == PUBLISHED
    names = [{clip.name for clip in Store(folder).clips} for folder in (long_data, usual)]
    assert names[1] - names[0] == {"d/a"}
    assert "  windows of 60 poses, stride 50, 10 given" in inspect(long_data).lines


def test_filters_judge_windows_of_that_length(recordings, tmp_path):
    """What is kept is made of whole windows of 60, ten frames apart."""
    sizes = ("--frames", 60, "--stride", 50, "--given", 10)
    run("data", "convert", "bvh", recordings, "--out", tmp_path / "out", *sizes)
    data = Store(tmp_path / "out")
    lengths = [clip.motion[1] - clip.motion[0] for clip in data.clips]
    assert lengths and all(length >= 60 and length % 10 == 0 for length in lengths)
    assert data.index["windows"]["kept"] == sum((n - 60) // 10 + 1 for n in lengths)


def test_an_index_of_impossible_windows_is_refused(long_data, tmp_path):
    for wrong in ({"frames": 60, "stride": 60, "given": 10}, {"frames": "x"}, {"n": 1}, 3):
        index = json.loads((long_data / "index.json").read_text()) | {"cut": wrong}
        (tmp_path / "index.json").write_text(json.dumps(index))
        for name in ("mel", "directions", "portraits", "wave"):
            target = tmp_path / f"{name}.npy"
            target.write_bytes((long_data / target.name).read_bytes())
        with pytest.raises(InputError, match="names windows there cannot be"):
            _ = Store(tmp_path).cut


# --- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [LONG, LOOSE, Windows(12, 8, 4), Windows(150, 140, 10)])
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_predicts_windows_of_any_size(system, cut):
    torch.manual_seed(0)
    config = ModelConfig(
        audio_widths=(8, 8, 8, 16), audio_blocks=(1, 1, 1, 1), hidden=16, gru_layers=1,
        identity="speaker", n_words=7, unet_width=8,
        frames=cut.frames, stride=cut.stride, given=cut.given,
    )  # fmt: skip
    model = build(system, config).eval()
    mel, wave = torch.randn(2, 128, mel_frames(cut.frames)), torch.randn(2, samples(cut.frames))
    initial, speakers = torch.randn(2, cut.given, 126), torch.zeros(2, dtype=torch.long)
    words = torch.ones(2, cut.frames, dtype=torch.long)
    if isinstance(model, Autoencoder):
        poses = model(torch.randn(2, cut.frames, 126))[0]
    elif system == "ha2g":
        poses = model(mel, initial, model.identity_from_speakers(speakers), words).pose
    else:
        poses = model(Window(initial, mel, wave, words, speakers)).poses
    assert poses.shape == (2, cut.frames, 126)


def test_features_keep_their_time_where_there_are_more_or_fewer_steps_than_poses():
    """A ramp from the first to the last moment stays one."""
    for steps, frames in ((62, 60), (58, 60), (1, 12)):
        ramp = torch.linspace(0, 1 if steps > 1 else 0, steps)[None, :, None]
        expected = torch.linspace(0, 1 if steps > 1 else 0, frames)
        torch.testing.assert_close(over_poses(ramp, frames)[0, :, 0], expected)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"frames": 40, "stride": 38, "given": 4}, "stride and given together are at most frames"),
        ({"frames": 11, "stride": 4, "given": 4}, "from 12 to 450"),
        ({"frames": 10**9}, "from 12 to 450"),
        ({"given": 0}, "at least|from 1 to"),
        ({"stride": 1.5}, "a whole number"),
    ],
)
def test_windows_there_cannot_be_are_refused(sizes, said):
    with pytest.raises(InputError, match=said):
        ModelConfig(**sizes)


# --- training, measuring, generating ----------------------------------------------------------


def test_a_mismatch_of_model_and_data_is_one_sentence(long_data, tmp_path):
    config = write_config(tmp_path)
    with pytest.raises(InputError, match=r"\[model\] asks for windows of 60 .* has windows of 34"):
        Trainer(load_config(config, ASKED))
    with pytest.raises(InputError, match=r"\[model\] asks for windows of 34 .* has windows of 60"):
        Trainer(load_config(config, [f"data={long_data}"]))


def test_windows_of_a_stream_lead_on_by_the_stride(long_data, tmp_path):
    config = write_config(tmp_path)
    run = Trainer(load_config(config, [*ASKED, f"data={long_data}"]))
    first, second = run.streams.sequence(np.random.default_rng(0), 4)
    assert first.poses.shape == (4, 60, 126) and first.mel.shape[-1] == mel_frames(60) == 124
    torch.testing.assert_close(first.poses[:, 50:], second.poses[:, :10])
    handed = run.recipe.next_initial(second, first.poses, np.random.default_rng(0))
    assert handed.shape == (4, 10, 126)


@pytest.mark.slow
def test_from_recordings_through_training_and_measuring_to_takes(long_data, tmp_path, jfk, capsys):
    judge = trained(tmp_path, long_data, "autoencoder")
    models = {s: trained(tmp_path, long_data, s) for s in GENERATORS}
    for path in (judge, *models.values()):
        assert files.info(path)["config"]["frames"] == 60
    named = [f"{system}={path}" for system, path in models.items()]
    table = tmp_path / "table.md"
    shared = ("--data", long_data, "--autoencoder", judge, "--table", table, "--seeds", 1)
    run("evaluate", *named, *shared)
    rows = json.loads(table.with_suffix(".json").read_text())["data"]["rows"]
    assert [row["model"] for row in rows] == ["ground truth", *GENERATORS]
    for system, path in models.items():
        out = tmp_path / f"{system}.npz"
        run("generate", jfk, "--checkpoint", path, "--out", out)
        assert np.load(out)["directions"].shape == (165, 42, 3)

    other = train(write_config(tmp_path), [], progress=lambda _line: None)
    capsys.readouterr()
    assert main(["evaluate", f"x={other}", *map(str, shared)]) != 0
    said = capsys.readouterr().err
    assert "is made for windows of 34" in said and "has windows of 60" in said


def test_the_frechet_distance_asks_for_an_encoder_of_these_windows(long_data, tmp_path):
    judge = trained(tmp_path, long_data, "autoencoder")
    config = write_config(tmp_path)
    chosen = ["training.select=frechet", f"autoencoder={judge}"]
    with pytest.raises(InputError, match=r"is made for windows of 60 .* has windows of 34"):
        Trainer(load_config(config, chosen))
    Trainer(load_config(config, [*chosen, *ASKED, f"data={long_data}"]))


@pytest.mark.parametrize("cut", [LONG, LOOSE])
def test_both_engines_make_the_same_take(cut, tmp_path, jfk):
    torch.manual_seed(0)
    sizes = {"frames": cut.frames, "stride": cut.stride, "given": cut.given}
    config = ModelConfig(
        audio_widths=(8, 8, 16, 32), audio_blocks=(1, 1, 1, 1), hidden=24, gru_layers=1,
        image_widths=(8, 8, 16, 16), **sizes,
    )  # fmt: skip
    path = tmp_path / "a.safetensors"
    files.save(path, build("ha2g", config), {})
    light, full = light_worker.performer(str(path)), Synthesizer(path)
    for settings in (Settings(seed=4), Settings(seed=4, fade=False, rest=False, energy=0)):
        takes = [one.generate(jfk, settings).directions for one in (light, full)]
        assert takes[0].shape == (165, 42, 3)
        np.testing.assert_allclose(*takes, atol=1e-4)


@pytest.mark.parametrize("cut", [PUBLISHED, LONG, LOOSE])
def test_each_window_begins_with_what_the_one_before_hands_on(cut, tmp_path, jfk, monkeypatch):
    """What the network is given is what it said for the same moments."""
    sizes = {"frames": cut.frames, "stride": cut.stride, "given": cut.given}
    config = replace(ModelConfig(hidden=24, gru_layers=1, image_widths=(8, 8, 16, 16)), **sizes)
    path = tmp_path / "a.safetensors"
    files.save(path, build("ha2g", config), {})
    engine = light_worker.performer(str(path))
    seen = []
    infer = engine.network.infer

    def noted(audio, initial, *rest, **more):
        found = infer(audio, initial, *rest, **more)
        seen.append((initial, found[-1]))
        return found

    monkeypatch.setattr(engine.network, "infer", noted)
    engine.generate(jfk, Settings())
    starts = window_starts(165, cut)
    assert len(seen) == len(starts) and starts[-1] + cut.frames >= 165
    finest = set(range(126)) - set(config.level_columns(len(config.levels) - 2))
    shown = sorted(finest)  # columns that are shown as the last level says
    for (_, before), (initial, _) in itertools.pairwise(seen):
        expected = before[:, cut.stride : cut.stride + cut.given]
        assert initial.shape[1] == cut.given
        np.testing.assert_array_equal(initial[..., shown], expected[..., shown])


@pytest.mark.parametrize("lead", [True, False])
@pytest.mark.parametrize("cut", [LONG, LOOSE])
def test_windows_that_agree_are_joined_as_they_are(cut, lead):
    """A straight line in pieces is the line again, whatever the windows share."""
    starts = window_starts(170, cut)
    line = np.arange(starts[-1] + cut.frames, dtype=np.float32)[:, None]
    pieces = np.stack([line[s : s + cut.frames] for s in starts])
    np.testing.assert_allclose(joined(pieces, lead, cut), line, atol=1e-4)
