# SPDX-License-Identifier: GPL-3.0-or-later
"""Each system learns real gestures with its laptop configuration; every configuration loads."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.data import store
from ha2g_engine.models.registry import SYSTEMS, build
from ha2g_engine.training import config
from ha2g_engine.training.loop import Trainer
from ha2g_engine.training.recipes import RECIPES

CONFIGS = Path(config.__file__).parent / "configs"


CLIPS = 16
BODY = "ChrBrad@Idle01"  # one character in one posture: 71 clips, 4.0 min
RECONSTRUCTING = ("autoencoder", "autoencoder_gesture")
GENERATING = [system for system in RECIPES if system != "autoencoder"]


@pytest.fixture(scope="module")
def held_out(golden, tmp_path_factory):
    """held_out(skeleton) → the clips of one body; validation has takes never trained on.

    An autoencoder needs no sound: what it is to draw again is what it sees.
    """
    source = str(golden.parent / "data" / "smartbody_gestures")
    folder = tmp_path_factory.mktemp("data")

    def convert(skeleton):
        out = folder / skeleton
        command = ["data", "convert", "smartbody", source, "--out", str(out), "--by", "take"]
        command += ["--only", BODY, "--voiced", "--keep-all", "--skeleton", skeleton]
        assert main(command) == 0
        return out

    return convert


@pytest.fixture(scope="module")
def gestures(golden, tmp_path_factory):
    """The 16 longest clips of SmartBody's first body, real motion with invented sound.

    SmartBody has no sound, and what is not heard cannot be predicted; so each clip gets noise
    and words of its own, and validation looks at the same clips: the question is whether a
    system learns, not whether gestures follow from noise.
    """
    out = tmp_path_factory.mktemp("data")
    source = str(golden.parent / "data" / "smartbody_gestures")
    command = ["data", "convert", "smartbody", source, "--out", str(out / "all"), "--keep-all"]
    assert main([*command, "--only", "ChrBrad@Idle0"]) == 0
    whole = store.Store(out / "all")
    first = [clip for clip in whole.clips if clip.name.startswith("Gestures/")]
    longest = sorted(first, key=lambda c: c.motion[0] - c.motion[1])[:CLIPS]
    write_with_sound(out / "paired", whole, longest)
    return out / "paired"


def write_with_sound(folder, whole, clips):
    random = np.random.default_rng(0)
    motions = [whole.directions[slice(*clip.motion)] for clip in clips]
    frames = [len(motion) for motion in motions]
    rows = [math.ceil(n * 16_000 / 15 / 512) + 1 for n in frames]
    samples = [math.ceil(n * 16_000 / 15) for n in frames]
    entries = [
        store.ClipEntry(f"{split}{i}", split, 0, mel, motion, wave,
                        tuple((f"word{i}x{t}", t / 2, t / 2 + 0.3) for t in range(frames[i] // 8)))
        for split in ("train", "val")
        for i, (mel, motion, wave) in enumerate(
            zip(store.spans(rows), store.spans(frames), store.spans(samples), strict=True))
    ]  # fmt: skip
    arrays = {
        "mel": random.uniform(-80, 0, (sum(rows), 128)).astype(np.float16),
        "directions": np.concatenate(motions),
        "portraits": np.zeros((0, 224, 224, 3), np.uint8),
        "wave": random.normal(0, 3000, sum(samples)).astype(np.int16),
    }
    people = [store.SpeakerEntry("first", (0, 0))]
    store.write(folder, {"skeleton": "expressive"}, people, entries, arrays)


def learn(name, data, out):
    """Train until the validation loss is half of an untrained model's; then reload."""
    overrides = [f"data={data}", f"out={out}", "half=false"]
    settings = config.load_config(CONFIGS / "laptop" / f"{name}.toml", overrides)
    trainer = Trainer(settings)
    before = trainer.validate()["val/huber"]
    for _ in range(settings.training.epochs):
        trainer.epoch()
        trainer._settle(trainer.validate())
        if trainer.standing.best <= 0.5 * before:
            break
    model, notes = files.load(out / "best.safetensors")
    assert notes["validation_huber"] <= 0.5 * before
    assert type(model) is SYSTEMS[settings.system]
    trainer.average.model = model
    assert trainer.validate()["val/huber"] == pytest.approx(notes["validation_huber"], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", RECONSTRUCTING)
def test_an_autoencoder_halves_its_loss_on_clips_it_never_saw(held_out, tmp_path, name):
    learn(name, held_out("gesture" if "gesture" in name else "expressive"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("system", GENERATING)
def test_a_generator_halves_its_loss_on_real_clips(gestures, tmp_path, system):
    learn(system, gestures, tmp_path)


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.rglob("*.toml")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_configuration_builds_its_system(path):
    settings = config.load_config(path)
    known = RECIPES[settings.system].DEFAULTS
    assert set(settings.weights) <= set(known)
    assert path.stem.startswith(settings.system) or settings.system == "ha2g"
    model = build(settings.system, replace(settings.model, n_words=4))
    assert np.isfinite(sum(p.numel() for p in model.parameters()))
