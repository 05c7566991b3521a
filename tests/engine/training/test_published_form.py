# SPDX-License-Identifier: GPL-3.0-or-later
"""The ten ted_* recipes of gestures, from a data set of the published form to a viewer study."""

import json
from pathlib import Path

import pytest
from ted_sets import unpacked

from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main
from ha2g_engine.data.store import Store
from ha2g_engine.training import config
from ha2g_engine.training.recipes import RECIPES

CONFIGS = Path(config.__file__).parent / "configs"
SKELETONS = ("expressive", "gesture")
GENERATORS = [system for system in RECIPES if system != "autoencoder"]
SHORT = ("training.epochs=1", "training.grid=1", "training.batch=2", "training.ahead=0")


def run(*command):
    assert main([str(part) for part in command]) == 0


def trained(skeleton, system, data, folder, *more):
    out = folder / system
    path = CONFIGS / f"ted_{skeleton}" / f"{system}.toml"
    run("train", path, f"data={data}", f"out={out}", *SHORT, *more)
    return out / "best.safetensors"


@pytest.mark.slow
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_published_recipes_from_published_data_to_a_study(skeleton, tmp_path, jfk):
    data = tmp_path / "data"
    root = unpacked(f"{skeleton}_0141", tmp_path)
    run("data", "convert", "ted", root, "--out", data, "--skeleton", skeleton, "--keep-all")
    assert [clip.split for clip in Store(data).clips] == ["train"] * 2 + ["val"] * 2 + ["test"] * 2

    judge = trained(skeleton, "autoencoder", data, tmp_path)
    models = {
        system: trained(skeleton, system, data, tmp_path, f"autoencoder={judge}")
        for system in GENERATORS
    }
    for path in models.values():
        assert files.load(path)[1]["validation_frechet"] > 0

    table = tmp_path / "table.md"
    named = [f"{system}={path}" for system, path in models.items()]
    measured = ("evaluate", *named, "--data", data, "--autoencoder", judge, "--table", table)
    run(*measured, "--seeds", 1)
    rows = json.loads(table.with_suffix(".json").read_text())["data"]["rows"]
    assert [row["model"] for row in rows] == ["ground truth", *GENERATORS]

    speech = tmp_path / "speech"
    speech.mkdir()
    (speech / "jfk.flac").symlink_to(jfk)
    for system, path in models.items():
        run("generate", jfk, "--checkpoint", path, "--out", tmp_path / f"{system}.npz")
    page = tmp_path / "study.html"
    chosen = [part for one in named for part in ("--checkpoint", one)]
    run("study", "build", "--out", page, "--speech", speech, *chosen)
    assert page.stat().st_size > 100_000
