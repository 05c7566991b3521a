# SPDX-License-Identifier: GPL-3.0-or-later
"""TensorBoard gets the curves and, where asked for, a film of real beside generated motion."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny_training import write_config

from ha2g_engine.training.config import load_config
from ha2g_engine.training.loader import Loader
from ha2g_engine.training.loop import Trainer, train


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


def events(out):
    found = EventAccumulator(str(out / "log"), size_guidance={"images": 0})
    found.Reload()
    return found


@pytest.mark.parametrize(("every", "films"), [(0, []), (2, [2])])
def test_film_and_curves(config, tmp_path, every, films):
    train(
        config, ["training.epochs=3", f"training.video_every={every}"], progress=lambda _line: None
    )
    log = events(tmp_path / "run")
    assert [scalar.step for scalar in log.Scalars("val/huber")] == [1, 2, 3]
    pictures = log.Images("real, generated") if films else []
    assert [picture.step for picture in pictures] == films
    for picture in pictures:
        film = Image.open(io.BytesIO(picture.encoded_image_string))
        assert film.n_frames == 4 + 2 * 30  # two windows
        halves = np.split(np.asarray(film.convert("L"), np.float32), 2, axis=1)
        for half in halves:
            assert half.min() < 100 < 200 < half.max()  # ink and paper
        film.seek(40)
        real, made = np.split(np.asarray(film.convert("L"), np.float32), 2, axis=1)
        assert np.abs(real - made).max() > 50


def test_a_resumed_run_says_each_epoch_once(config, tmp_path):
    train(config, ["training.epochs=3"], progress=lambda _line: None)
    trainer = Trainer(load_config(config, ["training.epochs=3"]))
    trainer.standing.epoch = 1
    trainer.run(lambda _line: None)
    steps = [scalar.step for scalar in events(tmp_path / "run").Scalars("train/huber")]
    assert sorted(steps) == [1, 2, 3]


@pytest.mark.parametrize("ahead", [1, 3])
def test_reading_ahead_gives_the_same_windows(config, ahead):
    trainer = Trainer(load_config(config))
    now, early = (Loader(trainer.streams, 4, 1, n, trainer.device) for n in (0, ahead))
    count = 0
    for (first, a), (second, b) in zip(now.epoch([3, 1], 7), early.epoch([3, 1], 7), strict=True):
        assert a.random() == b.random()
        for x, y in zip(first, second, strict=True):
            assert all((vars(x)[name] == vars(y)[name]).all() for name in vars(x))
        count += 1
    assert count == 7


def test_sequences_of_an_epoch_differ(config):
    trainer = Trainer(load_config(config))
    (first, _), (second, _) = Loader(trainer.streams, 4, 1, 2, trainer.device).epoch([3, 1], 2)
    assert (first[0].mel != second[0].mel).any()
