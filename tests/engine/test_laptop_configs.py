# SPDX-License-Identifier: GPL-3.0-or-later
"""Each system learns real gestures with its laptop configuration; every configuration loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ha2g_engine import checkpoints, cli
from ha2g_engine.models.registry import SYSTEMS, build
from ha2g_engine.training import config as training_config
from ha2g_engine.training.loop import Trainer
from ha2g_engine.training.recipes import RECIPES

CONFIGS = Path(training_config.__file__).parent / "configs"


@pytest.fixture(scope="module")
def smartbody(golden, tmp_path_factory):
    """The real clips of SmartBody in our format: whole clips, by take."""
    out = tmp_path_factory.mktemp("data") / "smartbody"
    source = str(golden.parent / "data" / "smartbody_gestures")
    command = ["data", "convert", "smartbody", source, "--out", str(out), "--keep-all"]
    assert cli.main(command) == 0
    return out


@pytest.mark.slow
@pytest.mark.parametrize("system", RECIPES)
def test_validation_loss_falls_by_half_on_real_clips(smartbody, tmp_path, system):
    overrides = [f"data={smartbody}", f"out={tmp_path}", "half=false"]
    settings = training_config.load_config(CONFIGS / "laptop" / f"{system}.toml", overrides)
    trainer = Trainer(settings)
    before = trainer.validate()["val/huber"]
    best = trainer.run(lambda _line: None)
    model, notes = checkpoints.load(best)
    assert notes["validation_huber"] <= 0.5 * before
    assert type(model) is SYSTEMS[system]


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.rglob("*.toml")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_configuration_builds_its_system(path):
    settings = training_config.load_config(path)
    known = RECIPES[settings.system].DEFAULTS
    assert set(settings.weights) <= set(known)
    assert settings.system in (path.stem, "ha2g")
    model = build(settings.system, replace(settings.model, n_words=4))
    assert np.isfinite(sum(p.numel() for p in model.parameters()))
