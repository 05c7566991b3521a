# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop on a tiny data set: learns, resumes to the same numbers, names what is wrong."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_training import write_config

from ha2g_engine import losses
from ha2g_engine.checkpoints import files
from ha2g_engine.data import store
from ha2g_engine.errors import InputError
from ha2g_engine.models.registry import build
from ha2g_engine.training.averaging import Average
from ha2g_engine.training.config import load_config
from ha2g_engine.training.ha2g_recipe import HA2GRecipe
from ha2g_engine.training.loop import Trainer, train
from ha2g_engine.training.recipes import RECIPES
from ha2g_engine.training.streams import Streams

WORDS = ("model.n_words=1", "model.text_dim=32")
IMAGES = ('model.identity="image"', "model.image_widths=[8, 8, 8, 8]")


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


def quiet(_message):
    pass


def test_windows_of_a_stream_follow_each_other(config):
    data = store.Store(load_config(config).data)
    windows = Streams(data, "train", 3, augment=True).sequence(np.random.default_rng(0), 5)
    assert windows[0].mel.shape == (5, 128, 70)
    for first, second in itertools.pairwise(windows):
        torch.testing.assert_close(first.poses[:, -4:], second.poses[:, :4])


def test_a_clip_counts_by_its_windows_and_too_short_ones_are_told(config):
    folder = load_config(config).data
    index = json.loads((folder / "index.json").read_text())
    for clip, frames in zip(index["clips"], (74, 234, 30, 300), strict=True):
        clip["motion"][1] = clip["motion"][0] + frames
        clip["mel"][1] -= clip["motion"][0]  # a speech of its own each
    (folder / "index.json").write_text(json.dumps(index))
    streams = Streams(store.Store(folder), "train", 2, augment=False)
    assert [clip.name for clip in streams.clips] == ["train0", "train1"]
    np.testing.assert_allclose(streams.shares, [11 / 182, 171 / 182])
    drawn = [streams.sequence(np.random.default_rng(k), 16)[0].speakers for k in range(20)]
    assert 0.85 < torch.cat(drawn).float().mean() < 1
    said = []
    train(config, ["training.windows=3", "training.epochs=1"], progress=said.append)
    assert said[0].startswith("1 of 2 clips to train on are left out, being shorter than 94 ")


@pytest.mark.parametrize("system", ["ha2g", "speech2gesture", "trimodal"])
def test_a_speaker_outside_training_has_a_trained_ones_row(config, system):
    folder = load_config(config).data
    index = json.loads((folder / "index.json").read_text())
    index["speakers"] = [{"name": name, "portraits": [0, 1]} for name in "abcd"]
    for clip, speaker in zip(index["clips"], (1, 3, 2, 3), strict=True):  # train, train, val, val
        clip["speaker"] = speaker
    (folder / "index.json").write_text(json.dumps(index))
    trainer = Trainer(load_config(config, [f'system="{system}"', *WORDS]))
    assert trainer.model.config.n_speakers == 2
    for streams, people in ((trainer.streams, {0, 1}), (trainer.validation, {0, 1})):
        windows = [streams.sequence(np.random.default_rng(k), 8)[0] for k in range(4)]
        assert {int(s) for window in windows for s in window.speakers} == people
    trainer.epoch()
    trainer.validate()


def test_one_speech_is_heard_once_for_all_its_listeners(config):
    trainer = Trainer(load_config(config))
    window = trainer.streams.sequence(np.random.default_rng(0), 6, listeners=2)[0]
    assert (len(window.mel), len(window.poses), len(window.speakers)) == (3, 6, 6)
    assert (window.speakers[::2] != window.speakers[1::2]).all()
    initial, people = window.poses[:, :4], torch.zeros(6, 16)
    model = trainer.model.eval()
    shared = model(window.mel, initial, people).pose
    apart = model(window.mel.repeat_interleave(2, 0), initial, people).pose
    torch.testing.assert_close(shared, apart, atol=1e-5, rtol=0)
    with pytest.raises(InputError, match="listeners = 4"):
        trainer.streams.sequence(np.random.default_rng(0), 6, listeners=4)


@pytest.mark.parametrize("composed", [True, False])
def test_the_shown_pose_is_judged_and_walked_on_from(config, composed):
    overrides = [f"model.composed={str(composed).lower()}", "model.dropout=0", "weights.kl=0"]
    trainer = Trainer(load_config(config, overrides))
    recipe, model = trainer.recipe, trainer.model
    window = trainer.streams.sequence(np.random.default_rng(0), 4)[0]
    initial, people = window.poses[:, :4], torch.zeros(4, 7, 16)
    torch.manual_seed(1)  # for z
    step = recipe.step(window, initial, people)
    torch.manual_seed(1)
    output = model(window.mel, initial, people, sample=True)
    levels = [(pose, model.config.level_columns(h)) for h, pose in enumerate(output.levels)]
    shown = torch.zeros_like(window.poses)
    for pose, columns in reversed(levels) if composed else levels:
        shown[..., columns] = pose
    torch.testing.assert_close(step.poses, shown)
    judged = [*levels, (shown, list(range(126)))] if composed else levels
    terms = [losses.huber(pose, window.poses[..., columns]) for pose, columns in judged]
    torch.testing.assert_close(step.terms["huber"], torch.stack(terms).mean())
    physical = recipe._physical(shown)
    torch.testing.assert_close(step.terms["physical"], physical)
    output = model.eval()(window.mel, initial, people)
    predicted = recipe.predict(model, window, initial, people)
    torch.testing.assert_close(predicted, output.pose)
    assert torch.equal(predicted[..., :3], output.levels[0][..., :3]) == composed


def test_training_lowers_the_loss_and_writes_a_loadable_checkpoint(config):
    long = ["training.epochs=12", "training.sequences=3", "training.learning_rate=0.01"]
    trainer = Trainer(load_config(config, long))
    losses_seen = [trainer.epoch()["train/huber"] for _ in range(12)]
    assert np.mean(losses_seen[-3:]) < 0.7 * losses_seen[0]
    best = train(config, ["training.epochs=1"], progress=quiet)
    model, notes = files.load(best)
    assert notes["epoch"] == 1 and len(notes["speakers"]) == 2
    assert model.config.n_speakers == 2


def test_resuming_gives_the_numbers_of_an_unbroken_run(config, tmp_path):
    whole = train(config, [f"out={tmp_path / 'whole'}"], progress=quiet)
    train(config, ["training.patience=1"], progress=quiet)
    broken = Trainer(load_config(config, [f"out={tmp_path / 'part'}"]))
    broken.config.out.mkdir()
    broken.epoch()
    broken._settle(broken.validate())
    part = train(config, [f"out={tmp_path / 'part'}"], resume=True, progress=quiet)
    states = [torch.load(p.with_name("state.pt"), weights_only=True) for p in (whole, part)]
    for name, value in states[0]["model"].items():
        torch.testing.assert_close(value, states[1]["model"][name], rtol=1e-5, atol=1e-6)


def test_identity_from_pictures_trains(config):
    for places in (["weights.identity=4", "training.identity_steps=2"], []):
        trainer = Trainer(load_config(config, [*IMAGES, *places]))
        scalars = trainer.epoch()
        assert np.isfinite(scalars["train/huber"])
        assert ("train/people" in scalars) == bool(places)


def test_a_run_of_pictures_alone_leaves_the_motion_as_it_was(config, tmp_path):
    first = train(config, [*IMAGES, "weights.identity=4", "training.epochs=1"], progress=quiet)
    off = [f"weights.{name}=0" for name in HA2GRecipe.DEFAULTS if name != "identity"]
    more = [f"start={first}", f"out={tmp_path / 'pictures'}", "training.identity_steps=2"]
    lone = ["weights.identity=4", "training.keep_last=true", "training.epochs=2"]
    second = train(config, [*IMAGES, *off, *more, *lone], progress=quiet)
    before, after = (files.load(path)[0].state_dict() for path in (first, second))
    changed = {name for name, value in before.items() if not value.equal(after[name])}
    assert "identity.fc.weight" in changed
    assert all(name.startswith("identity.") for name in changed)


def test_speakers_without_pictures_have_places_but_teach_no_encoder(config):
    trainer = Trainer(load_config(config, [*IMAGES, "weights.identity=4"]))
    trainer.streams.store.speakers[1] = store.SpeakerEntry("b", (1, 1))
    assert np.isfinite(trainer.epoch()["train/huber"])
    assert "val/people" not in trainer.validate()
    with pytest.raises(InputError, match="no picture of speaker 'b'"):
        trainer.streams.portraits(np.random.default_rng(0))


def test_a_start_is_the_model_before_the_first_step(config, tmp_path):
    first = train(config, ["training.epochs=1", "half=false"], progress=quiet)
    trainer = Trainer(load_config(config, [f"start={first}"]))
    before = files.load(first)[0].state_dict()
    for model in (trainer.model, trainer.average.model):
        for name, value in before.items():
            torch.testing.assert_close(value, model.state_dict()[name])


def test_a_start_of_other_speakers_keeps_all_but_their_rows(config, tmp_path):
    first, _ = files.load(train(config, ["training.epochs=1"], progress=quiet))
    path = tmp_path / "three.safetensors"
    three = build("ha2g", replace(first.config, n_speakers=3))
    files.save(path, three)
    model = Trainer(load_config(config, [f"start={path}"])).model
    theirs = three.state_dict()
    same = {name for name, value in model.state_dict().items() if value.shape == theirs[name].shape}
    assert 0 < len(theirs) - len(same) < 10
    name = "levels.0.out.0.weight"
    assert name in same
    assert model.state_dict()[name].equal(theirs[name])


@pytest.mark.parametrize("other", ["model.hidden=24", 'system="trimodal"'])
def test_a_start_of_other_sizes_is_one_sentence(config, tmp_path, other):
    first = train(config, ["training.epochs=1"], progress=quiet)
    with pytest.raises(InputError, match=r"best\.safetensors' is of another system or other sizes"):
        train(config, [other, f"start={first}", f"out={tmp_path / 'other'}"], progress=quiet)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("training.epoch=3", "training.epoch"),
        ("colour=1", "colour"),
        ("training.epochs=many", "epochs"),
        ("model.hiden=3", "hiden"),
        ("training.windows=90", "training.windows"),
        ('model.skeleton="gesture"', "gesture"),
        ("weights.contrastive=0.1", "model.n_words"),
        ("training.identity_steps=3", "weights.identity"),
    ],
)
def test_wrong_settings_are_named(config, override, said):
    with pytest.raises(InputError, match=said):
        train(config, [override], progress=quiet)


def test_nothing_to_resume_is_one_sentence(config):
    with pytest.raises(InputError, match="nothing to resume"):
        train(config, resume=True, progress=quiet)


def test_a_finished_training_is_not_trained_over(config):
    best = train(config, ["training.epochs=1"], progress=quiet)
    for missing in ("neither", "state.pt"):
        best.with_name(missing).unlink(missing_ok=True)
        before = {path: path.stat().st_mtime_ns for path in best.parent.iterdir()}
        with pytest.raises(InputError, match=r"holds a training already: pass --resume"):
            train(config, ["training.epochs=1"], progress=quiet)
        assert before == {path: path.stat().st_mtime_ns for path in best.parent.iterdir()}


def test_a_training_with_nothing_left_and_no_model_is_one_sentence(config):
    best = train(config, ["training.epochs=1"], progress=quiet)
    assert train(config, ["training.epochs=1"], resume=True, progress=quiet) == best
    best.unlink()
    with pytest.raises(InputError, match=r"after epoch 1 and '.*best\.safetensors' is not there"):
        train(config, ["training.epochs=1"], resume=True, progress=quiet)


@pytest.mark.parametrize("system", RECIPES)
def test_every_system_trains_and_its_checkpoint_gives_the_same_poses(config, system):
    overrides = [f"system={system}", *WORDS, "training.gan_warmup=1"]
    overrides += ["training.epochs=2", "training.batch=6"]
    trainer = Trainer(load_config(config, overrides))
    before = trainer.validate()["val/huber"]
    for _ in range(2):
        scalars = trainer.epoch()
        assert all(np.isfinite(value) for value in scalars.values())
    assert ("train/discriminator" in scalars) == (trainer.recipe.adversary is not None)
    assert trainer.validate()["val/huber"] != before
    trainer.config.out.mkdir()
    trainer._settle({"val/huber": 0.0})
    again, _ = files.load(trainer.config.out / "best.safetensors")
    window = trainer.validation.sequence(np.random.default_rng(0), 3)[0]
    random = np.random.default_rng(2)
    identity = trainer.recipe.people(trainer.average.model, window, random)
    with torch.no_grad():
        inputs = (window, window.poses[:, :4], identity)
        ours = trainer.recipe.predict(trainer.average.model, *inputs)
        theirs = trainer.recipe.predict(again, *inputs)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("system", ["speech2gesture", "trimodal"])
def test_resuming_restores_the_discriminator(config, tmp_path, system):
    overrides = [f"system={system}", *WORDS, "training.gan_warmup=0"]
    whole = Trainer(load_config(config, overrides))
    part = Trainer(load_config(config, overrides))
    whole.epoch()
    part.epoch()
    state = tmp_path / "state.pt"
    torch.save(part.state(), state)
    rest = Trainer(load_config(config, overrides))
    rest.restore(torch.load(state, weights_only=True))
    assert rest.epoch() == pytest.approx(whole.epoch(), rel=1e-5)


@pytest.mark.parametrize(
    "ablation",
    [
        "model.audio_levels=low",
        "model.audio_levels=mid",
        "model.audio_levels=high",
        "model.same_audio=true",
        "model.hierarchy=holistic",
        "model.hierarchy=no_hand",
        "model.hierarchy=no_body",
        "model.n_words=0",
        "weights.physical=0",
        "training.high_negatives=false",
        "training.low_mid_negatives=false",
    ],
)
def test_ablations_by_configuration_alone(config, ablation):
    trainer = Trainer(load_config(config, [*WORDS, ablation]))
    assert all(np.isfinite(value) for value in trainer.epoch().values())
    scalars = trainer.validate()
    assert np.isfinite(scalars["val/huber"])
    assert ("contrastive" in trainer.recipe.weights) == ("weights.contrastive" not in ablation)


def test_a_term_of_another_system_is_named(config):
    with pytest.raises(InputError, match=r"weights\.kl"):
        train(config, ["system=seq2seq", "weights.kl=1"], progress=quiet)
    with pytest.raises(InputError, match="dance"):
        train(config, ["system=dance"], progress=quiet)


@pytest.mark.parametrize(("level", "which"), [("low", 0), ("mid", 1), ("high", 2)])
def test_one_audio_level_feeds_every_body_level(config, level, which):
    model = Trainer(load_config(config, [f"model.audio_levels={level}"])).model
    style = model.style(model.identity_from_speakers(torch.tensor([0, 1])))
    expected = torch.zeros(2, 3, 6)
    expected[:, which] = 1
    torch.testing.assert_close(style, expected)


def test_same_audio_gives_every_body_level_one_blend(config):
    person = torch.tensor([0, 1])
    for same in (False, True):
        model = Trainer(load_config(config, [f"model.same_audio={str(same).lower()}"])).model
        style = model.style(model.identity_from_speakers(person))
        assert torch.equal(style, style[:, :, :1].expand_as(style)) == same


@pytest.mark.parametrize(
    ("hierarchy", "bones"),
    [
        ("full", [8, 10, 12, 22, 32, 42]),
        ("holistic", [42]),
        ("no_hand", [8, 10, 12, 42]),
        ("no_body", [12, 22, 32, 42]),
    ],
)
def test_levels_left_out_of_the_hierarchy(config, hierarchy, bones):
    model = Trainer(load_config(config, [f"model.hierarchy={hierarchy}"])).model
    assert [len(level.columns) // 3 for level in model.levels] == bones
    assert model.config.levels[-1] == tuple(range(42))


def test_no_text_means_no_words_are_read(config):
    with_words, without = (
        Trainer(load_config(config, [*WORDS, *more])) for more in ([], ["model.n_words=0"])
    )
    assert any("text" in name for name in with_words.model.state_dict())
    assert not any("text" in name for name in without.model.state_dict())
    assert "train/contrastive" in with_words.epoch()
    assert "train/contrastive" not in without.epoch()


@pytest.mark.parametrize("term", ["physical", "style", "kl", "contrastive", "gan"])
def test_a_weight_of_zero_switches_its_term_off(config, term):
    overrides = [*WORDS, "training.gan_warmup=0"]
    assert f"train/{term}" in Trainer(load_config(config, overrides)).epoch()
    off = Trainer(load_config(config, [*overrides, f"weights.{term}=0"])).epoch()
    assert f"train/{term}" not in off


def test_the_pose_term_is_the_finest_levels_huber(config):
    trainer = Trainer(load_config(config, ["weights.pose=1", "training.windows=1"]))
    window = trainer.validation.sequence(np.random.default_rng(0), 3)[0]
    people = trainer.recipe.people(trainer.model, window, np.random.default_rng(0))
    step = trainer.recipe.step(window, window.poses[:, :4], people)
    assert step.terms["pose"].item() == losses.huber(step.poses, window.poses).item()


@pytest.mark.parametrize("system", ["ha2g", "trimodal", "speech2gesture"])
def test_the_discriminators_rate_is_the_methods_or_the_configurations(config, system):
    def rate(*more):
        trainer = Trainer(load_config(config, [f"system={system}", *WORDS, *more]))
        return trainer.recipe.adversary.optimiser.param_groups[0]["lr"]

    own = 1.0 if system == "speech2gesture" else 0.2
    assert rate("training.learning_rate=2e-3") == pytest.approx(own * 2e-3)
    half = ("training.learning_rate=2e-3", "training.discriminator_rate=0.5")
    assert rate(*half) == pytest.approx(1e-3)


@pytest.mark.parametrize("kind", ["high_negatives", "low_mid_negatives"])
def test_negatives_left_out_make_the_contrast_easier(config, kind):
    whole, fewer = (
        Trainer(load_config(config, [*WORDS, f"training.{kind}={value}"])).epoch()
        for value in ("true", "false")
    )
    assert fewer["train/contrastive"] < whole["train/contrastive"] - 0.1


def test_one_forward_pass_serves_both_players_and_the_second_keeps_no_graph(config, monkeypatch):
    trainer = Trainer(load_config(config, [*WORDS, "training.gan_warmup=0", "training.windows=1"]))
    heard, graphs = [], []
    listen, infer = trainer.model.audio.forward, trainer.model.infer

    def note(*arguments, **settings):
        poses, mu, logvar = infer(*arguments, **settings)
        graphs.append(poses[-1].requires_grad)
        return poses, mu, logvar

    monkeypatch.setattr(trainer.model.audio, "forward", lambda x: heard.append(x) or listen(x))
    monkeypatch.setattr(trainer.model, "infer", note)
    assert {"train/gan", "train/discriminator", "train/style"} <= set(trainer.epoch())
    assert len(heard) == 1
    assert graphs == [True, False]


def test_the_last_epoch_is_kept_where_that_is_asked_for(config, monkeypatch):
    errors = iter([3.0, 2.0, 2.5])
    monkeypatch.setattr(Trainer, "validate", lambda _trainer: {"val/huber": next(errors)})
    kept = train(config, ["training.epochs=3", "training.keep_last=true"], progress=quiet)
    assert files.load(kept)[1]["epoch"] == 3


def test_training_stops_early_and_keeps_the_best(config, monkeypatch):
    errors = iter([3.0, 2.0, 2.5, 2.4, 1.0])
    monkeypatch.setattr(Trainer, "validate", lambda _trainer: {"val/huber": next(errors)})
    best = train(config, ["training.epochs=30", "training.patience=2"], progress=quiet)
    _, notes = files.load(best)
    state = torch.load(best.with_name("state.pt"), weights_only=True)
    assert state["standing"] == {"epoch": 4, "best": 2.0, "stale": 2}
    assert (notes["epoch"], notes["validation_huber"]) == (2, 2.0)


def test_the_average_trails_and_gradients_are_clipped(config, monkeypatch):
    norms = []
    clip = torch.nn.utils.clip_grad_norm_

    def note(parameters, largest):
        known = list(parameters)
        clip(known, largest)
        norms.append(torch.stack([p.grad.norm() for p in known if p.grad is not None]).norm())

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", note)
    trainer = Trainer(load_config(config, ["training.clip=0.5", "training.ema=0.9"]))
    before = {k: v.clone() for k, v in trainer.average.model.state_dict().items()}
    trainer.epoch()
    assert max(norms).item() == pytest.approx(0.5, rel=1e-3)
    name = "levels.0.out.0.weight"
    start, mine = before[name], trainer.average.model.state_dict()[name]
    theirs = trainer.model.state_dict()[name]
    assert 0 < (mine - start).norm() < (theirs - start).norm()


@pytest.mark.parametrize(("fresh", "moved"), [(True, 1 - 2 / 11), (False, 0.1)])
def test_only_a_fresh_average_moves_fast_at_first(fresh, moved):
    model = torch.nn.Linear(1, 1)
    average = Average(model, 0.9, fresh=fresh)
    before = model.weight.item()
    torch.nn.init.constant_(model.weight, before + 1)
    average.update(model)
    assert average.model.weight.item() - before == pytest.approx(moved, abs=1e-6)


def test_compile_is_for_cuda_only(config, monkeypatch):
    compiled = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda part: compiled.append(part))
    trainer = Trainer(load_config(config, ["training.compile=true"]))
    assert bool(compiled) == (trainer.device.type == "cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_mixed_precision_and_compile_train_on_cuda(config):
    overrides = [*WORDS, "training.compile=true", "training.gan_warmup=0"]
    assert all(np.isfinite(v) for v in Trainer(load_config(config, overrides)).epoch().values())
