# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recipe sets to be a published one: starts, windows, schedule, choice, words, terms."""

import json
from collections import Counter

import numpy as np
import pytest
import torch
from tiny_training import WORDS as SAID
from tiny_training import write_config

from ha2g_engine import losses, metrics
from ha2g_engine.body.skeleton import EXPRESSIVE
from ha2g_engine.checkpoints import files
from ha2g_engine.data import statistics
from ha2g_engine.data.store import ClipEntry, Store
from ha2g_engine.errors import InputError
from ha2g_engine.evaluation.run import evaluate
from ha2g_engine.evaluation.systems import Group
from ha2g_engine.speech.transcript import indexed
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer, train
from ha2g_engine.training.streams import Streams
from ha2g_engine.training.vocabulary import clip_words, clip_words_under_way, vocabulary

WORDS = ("model.n_words=1", "model.text_dim=32")
GRID = ("training.grid=10", "training.windows=1", "training.sequences=0")


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


def trainer(config, *overrides):
    return Trainer(load_config(config, overrides))


@pytest.mark.parametrize(("rest", "other"), [(0.0, 0.0), (0.25, 0.1), (1.0, 0.0)])
def test_shares_of_first_windows_start_at_rest_or_elsewhere(config, rest, other):
    run = trainer(config, f"training.rest_start={rest}", f"training.other_start={other}",
                  "training.pose_noise=0")  # fmt: skip
    window = run.streams.sequence(np.random.default_rng(0), 1024)[0]
    start = run.recipe.first_initial(window, np.random.default_rng(1))
    true = window.poses[:, :4]
    at_rest = (start == run.model.rest_pose).all(dim=-1).all(dim=-1).float().mean()
    elsewhere = (start != true).any(dim=-1).any(dim=-1).float().mean() - at_rest
    assert at_rest == pytest.approx(rest, abs=0.04)
    assert elsewhere == pytest.approx(other, abs=0.04)


def test_an_epoch_on_the_grid_shows_each_window_once(config):
    run = trainer(config, *GRID, "training.batch=8")
    places = run.streams.places(10)
    assert places == [(clip, first) for clip in range(2) for first in range(0, 267, 10)]
    seen = []
    for epoch in range(2):
        dealt = run.streams.dealt(np.random.default_rng([0, epoch]), 8)
        assert [len(part) for part in dealt] == [8] * (54 // 8)  # the rest is left out
        seen.append([place for part in dealt for place in part])
        assert max(Counter(seen[-1]).values()) == 1 and set(seen[-1]) <= set(places)
    assert seen[0] != seen[1]
    read = [windows[0].poses for windows, _ in run.loader.epoch([0, 0], len(dealt))]
    expected = [run.streams.batch(seen[0][8 * n : 8 * n + 8]).poses for n in range(6)]
    torch.testing.assert_close(torch.cat(read), torch.cat(expected))
    run.epoch()
    assert run.average.updates == 6


def test_fewer_windows_than_a_batch_are_a_sentence(config):
    with pytest.raises(InputError, match=r"has 54 windows at a stride of 10 .*batch = 55"):
        trainer(config, *GRID, "training.batch=55").epoch()
    with pytest.raises(InputError, match=r"listeners > 1"):
        trainer(config, *GRID, "training.listeners=2")


@pytest.mark.parametrize(
    ("settings", "shares"),
    [
        (["training.final_rate=1"], [1, 1, 1, 1, 1]),
        (["training.final_rate=1", "training.rate_step=2"], [1, 1, 0.1, 0.1, 0.01]),
        (["training.final_rate=0", "training.epochs=4"], [1, 0.8536, 0.5, 0.1464, 0]),
    ],
)
def test_the_rate_is_constant_in_steps_or_half_a_cosine(config, settings, shares):
    run = trainer(config, "training.warmup=0", "training.learning_rate=0.01", *settings)
    for epoch, share in enumerate(shares):
        run.standing.epoch = epoch
        run._step((run.model.levels[0].out[0].weight ** 2).sum())
        rate = run.optimiser.param_groups[0]["lr"]
        assert rate == pytest.approx(0.01 * share, abs=1e-6)


def test_without_an_average_the_weights_themselves_are_kept(config):
    run = trainer(config, "training.ema=0", "training.clip=inf")
    run.epoch()
    for name, value in run.model.state_dict().items():
        assert torch.equal(run.average.model.state_dict()[name], value)


def test_the_discriminator_joins_after_the_published_epoch(config):
    run = trainer(config, "training.gan_warmup=11")
    joined = []
    for epoch in range(9, 13):  # counted from 0, as the published loop does
        run.standing.epoch = epoch
        joined.append("train/gan" in run.epoch())
    assert joined == [epoch > 10 for epoch in range(9, 13)]


@pytest.fixture
def autoencoder(config, tmp_path):
    out = tmp_path / "autoencoder"
    more = ["system=autoencoder", "model.latent_dim=4", f"out={out}", "training.batch=8"]
    return train(config, more, progress=lambda _m: None)


def test_the_best_is_chosen_by_the_frechet_distance(config, autoencoder, monkeypatch):
    distances = iter([5.0, 2.0, 3.0])
    errors = iter([3.0, 2.0, 1.0])
    monkeypatch.setattr("ha2g_engine.training.loop.frechet", lambda *_: next(distances))
    monkeypatch.setattr("ha2g_engine.training.loop.measure", lambda *_: {"val/huber": next(errors)})
    choice = ["training.select=frechet", f"autoencoder={autoencoder}", "training.epochs=3"]
    _, notes = files.load(train(config, choice, progress=lambda _m: None))
    assert (notes["epoch"], notes["validation_frechet"], notes["validation_huber"]) == (2, 2.0, 2.0)


def test_the_frechet_distance_is_that_of_the_windows_in_the_autoencoder(config, autoencoder):
    run = trainer(
        config, "training.select=frechet", f"autoencoder={autoencoder}", "training.windows=1"
    )
    places = [(clip, first) for clip in range(2) for first in range(0, 267, 10)]
    window = run.validation.batch(places)
    people = run.recipe.people(run.average.model, window, np.random.default_rng(1))
    encoder, _ = files.load(autoencoder)
    with torch.no_grad():
        made = run.recipe.predict(run.average.model, window, window.poses[:, :4], people)
        latents = [encoder.encode(poses).double().numpy() for poses in (window.poses, made)]
    expected = metrics.frechet_distance(*latents)
    assert run.validate()["val/frechet"] == pytest.approx(expected, rel=1e-3)
    assert expected > 0


def test_few_windows_for_a_frechet_distance_are_told(config, autoencoder, tmp_path):
    data = load_config(config).data
    wide = ["system=autoencoder", "model.latent_dim=500", f"out={tmp_path / 'wide'}"]
    wide = train(config, [*wide, "training.batch=8"], progress=lambda _m: None)
    for encoder, few in ((autoencoder, False), (wide, True)):
        said, out = [], tmp_path / f"few-{few}"
        choice = ["training.epochs=1", f"autoencoder={encoder}", f"out={out}", "training.windows=1"]
        choice.append("training.select=frechet")
        best = train(config, choice, progress=said.append)
        assert any("of 54 windows, fewer than the 500 latent" in line for line in said) == few
        said = []
        told = said.append
        table = evaluate([Group("m", (best,))], data, encoder, split="val", seeds=1, progress=told)
        assert any("of 16 windows, fewer than the 500" in line for line in said) == few
        assert ("FGD" in table.facts) == few


def test_a_choice_that_cannot_be_made_is_a_sentence(config, autoencoder, tmp_path):
    with pytest.raises(InputError, match='needs autoencoder = "FILE"'):
        trainer(config, "training.select=frechet")
    with pytest.raises(InputError, match=r"'training.select' = 'luck': choose huber"):
        trainer(config, "training.select=luck")
    with pytest.raises(InputError, match="autoencoder"):
        trainer(config, "training.select=loss")
    first = train(config, ["training.epochs=1"], progress=lambda _m: None)
    with pytest.raises(InputError, match="is no autoencoder"):
        trainer(config, "training.select=frechet", f"autoencoder={first}")


def test_an_autoencoder_is_chosen_by_its_own_loss_or_by_l1(config):
    for select in ("l1", "loss"):
        run = trainer(config, "system=autoencoder", f"training.select={select}", "training.batch=8")
        window = run.validation.sequence(np.random.default_rng(0), 4)[0]
        poses = run.recipe.predict(run.model.eval(), window, window.poses[:, :4], None)
        gap = (poses - window.poses).abs().mean()
        change = (poses.diff(dim=1) - window.poses.diff(dim=1)).abs().mean()
        shape = (*poses.shape[:2], -1, 3)
        pairs = [run.recipe.vectors(p).reshape(shape) for p in (poses, window.poses)]
        bend = (1 - torch.cosine_similarity(*pairs, dim=-1)).sum() / len(poses)
        expected = gap if select == "l1" else gap + change + 0.001 * bend
        judged = run.recipe.selecting_loss(poses, window)
        torch.testing.assert_close(judged, expected)
        assert f"val/{select}" in run.validate()


def test_the_published_cosine_is_of_poses_minus_their_mean(config):
    more = ("weights.cosine=1", "weights.pose_cosine=1", "training.batch=8")
    run = trainer(config, "system=autoencoder", *more)
    run.model.eval()
    window = run.validation.sequence(np.random.default_rng(0), 4)[0]
    step = run.recipe.step(window, window.poses[:, :4], None)
    for name, mean in (("pose_cosine", 0.0), ("cosine", EXPRESSIVE.mean_direction)):
        made, true = (
            p.detach().numpy().reshape(-1, 42, 3) + mean for p in (step.poses, window.poses)
        )
        lengths = np.linalg.norm(made, axis=-1) * np.linalg.norm(true, axis=-1)
        expected = (1 - (made * true).sum(axis=-1) / lengths).sum()
        assert step.terms[name].item() == pytest.approx(expected, rel=1e-3)


def test_the_vocabulary_of_all_splits(config):
    run = trainer(config, *WORDS)
    store = run.streams.store
    for clip in store.clips:
        said = ("only in val",) if clip.split == "val" else ()
        object.__setattr__(clip, "words", (*SAID, *((word, 1.0, 1.2) for word in said)))
    assert "onlyinval" not in vocabulary(store.within("train"))
    assert set(vocabulary(store.clips)) - set(vocabulary(store.within("train"))) == {"onlyinval"}


def test_all_words_reach_the_model(config, tmp_path):
    path = load_config(config).data / "index.json"
    index = json.loads(path.read_text())
    index["clips"][-1]["words"].append(["elsewhere", 1.0, 1.2])
    path.write_text(json.dumps(index))
    counts = [
        len(trainer(config, *WORDS, f"training.all_words={value}").streams.vocabulary)
        for value in ("false", "true")
    ]
    assert counts[1] == counts[0] + 1


def test_a_word_under_way_stands_in_a_windows_first_frame(config):
    said = (("one", -0.3, 0.1), ("two", 0.2, 0.7), ("three", 0.5, 0.9), ("four", 2.0, 2.1))
    clip = ClipEntry("c", "train", 0, (0, 100), (0, 45), None, said)
    index = indexed(["<PAD>", "one", "two", "three", "four"])
    starts = clip_words(clip, index)
    assert {int(f): int(starts[f]) for f in np.flatnonzero(starts)} == {3: 2, 7: 3, 30: 4}
    under_way = clip_words_under_way(clip, index)
    published = np.zeros(45, int)  # extend_word_seq, window by window
    for frame in range(45):
        start = frame / 15
        for text, begun, ended in said:
            if begun < start < ended:
                published[frame] = index[text]
    np.testing.assert_array_equal(under_way, published)

    store = Store(load_config(config).data)
    for entry in store.clips:
        object.__setattr__(entry, "words", said)
    plain, early = (
        Streams(store, "train", 1, augment=False, words=list(index), early_words=value)
        for value in (False, True)
    )
    places = [(0, 0), (0, 5), (0, 7)]
    assert plain.batch(places).words[:, 0].tolist() == [0, 0, 3]
    assert early.batch(places).words[:, 0].tolist() == [1, 2, 3]
    torch.testing.assert_close(early.batch(places).words[:, 1:], plain.batch(places).words[:, 1:])


def test_words_of_a_large_vocabulary_are_found_without_building_it_again(config, monkeypatch):
    built = []
    genuine = indexed
    monkeypatch.setattr(
        "ha2g_engine.training.streams.indexed", lambda words: built.append(1) or genuine(words)
    )
    store = Store(load_config(config).data)
    store.clips *= 50
    Streams(store, "train", 1, augment=False)
    assert len(built) == 1


@pytest.mark.parametrize("weight", ["contrastive", "contrastive_high", "contrastive_low"])
def test_data_without_words_refuse_the_contrast(config, weight):
    path = load_config(config).data / "index.json"
    index = json.loads(path.read_text())
    for clip in index["clips"]:
        clip["words"] = None
    path.write_text(json.dumps(index))
    off = [f"weights.{name}=0" for name in ("contrastive", "contrastive_high", "contrastive_low")]
    with pytest.raises(InputError, match=rf"has a transcript, and weights\.{weight}"):
        trainer(config, *WORDS, *off, f"weights.{weight}=0.2")
    assert np.isfinite(trainer(config, *WORDS, *off).epoch()["train/huber"])


def test_the_divergence_of_the_finest_level_alone(config):
    for last in ("true", "false"):
        run = trainer(config, f"training.kl_last={last}", "training.windows=1")
        window = run.streams.sequence(np.random.default_rng(0), 3)[0]
        people = run.recipe.people(run.model, window, np.random.default_rng(0))
        step = run.recipe.step(window, window.poses[:, :4], people)
        rows = run.model.identity_rows(people)[:, 1:]
        means, logs = zip(*(
            (level.mu(row), level.logvar(row))
            for level, row in zip(run.model.levels, rows.unbind(1), strict=True)
        ), strict=True)  # fmt: skip
        each = [losses.kl_divergence(m, v) for m, v in zip(means, logs, strict=True)]
        expected = each[-1] if last == "true" else torch.stack(each).mean()
        torch.testing.assert_close(step.terms["kl"], expected)


def test_the_code_of_the_true_poses_is_drawn_or_its_mean(config, monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda *_shape: torch.tensor(0.9))  # the poses' turn
    alike = []
    for sample in ("true", "false"):
        more = ("system=joint_embedding", "model.dropout=0", f"training.sample_poses={sample}")
        run = trainer(config, *WORDS, *more)
        run.model.decoder.eval()
        window = run.streams.sequence(np.random.default_rng(0), 6)[0]
        first, second = (run.recipe.step(window, window.poses[:, :4], None).poses for _ in range(2))
        alike.append(torch.equal(first, second))
    assert alike == [False, True]


def test_the_physical_loss_judges_by_a_named_file_of_statistics(config, tmp_path):
    data, path = Store(load_config(config).data), tmp_path / "own.json"
    statistics.write(path, statistics.as_table(statistics.measure(data), EXPRESSIVE))
    own = trainer(config, f"statistics={path}").recipe
    published = trainer(config).recipe
    frames = data.directions[:].astype(np.float32)
    poses = torch.from_numpy(EXPRESSIVE.poses(frames))[None]
    # Σ (angle - mean)² / 2 variance is half a number of angles, by the motion's own statistics
    assert own._physical(poses).item() == pytest.approx(len(EXPRESSIVE.angle_pairs) / 2, rel=0.01)
    assert published._physical(poses).item() > 1.2 * own._physical(poses).item()
    with pytest.raises(InputError, match="holds no statistics"):
        trainer(config, f"statistics={config}").epoch()


def test_published_contrast_is_by_distance():
    torch.manual_seed(0)
    text, audio = torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    unit = [x.reshape(10, 8) / x.reshape(10, 8).norm(dim=1, keepdim=True) for x in (text, audio)]
    expected = 0.0
    for i in range(10):
        logits = torch.stack([1 / (torch.dist(unit[0][i], unit[1][j]) + 1e-8) for j in range(10)])
        expected += float(torch.logsumexp(logits, 0) - logits[i]) / 10
    assert losses.distance_contrastive(text, audio).item() == pytest.approx(expected, rel=1e-4)
    part = losses.distance_contrastive(text[1:], audio, first=1)
    whole = losses.distance_contrastive(text, audio)
    other = losses.distance_contrastive(text[:1], audio)
    assert whole.item() == pytest.approx((part.item() + other.item()) / 2, rel=1e-5)


def test_high_features_are_drawn_to_the_words_and_low_ones_away(config):
    weights = ("weights.contrastive=0", "weights.contrastive_high=1", "weights.contrastive_low=1")
    scalars = trainer(config, *WORDS, *weights).epoch()
    assert scalars["train/contrastive_high"] > 0 > scalars["train/contrastive_low"]
    assert "train/contrastive" not in scalars


def test_the_given_frames_are_no_part_of_the_error(config, autoencoder, monkeypatch):
    seen = []
    genuine = metrics.joint_error
    monkeypatch.setattr(
        metrics, "joint_error", lambda made, real, table: seen.append(made.shape) or
        genuine(made, real, table)
    )  # fmt: skip
    best = train(config, ["training.epochs=1"], progress=lambda _m: None)
    evaluate([Group("m", (best,))], load_config(config).data, autoencoder, split="val", seeds=1)
    assert {shape[1] for shape in seen} == {30}
