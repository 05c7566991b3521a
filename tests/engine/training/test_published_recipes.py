# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes ted_* hold the published values, each with the file and line where it stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from shared_folder import ROOT

from ha2g_engine.training import config
from ha2g_engine.training.recipes import RECIPES

CONFIGS = Path(config.__file__).parent / "configs"
PUBLISHED = tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
TED = sorted(CONFIGS.glob("ted_*/*.toml"))
WITHOUT_VALUE = ("data", "out", "system", "autoencoder")  # places of files


def values(path):
    """Every setting that a recipe has an effect by: what it names, and what it leaves to us."""
    settings = config.load_config(path)
    named = tomllib.loads(path.read_text(encoding="utf-8"))
    model = {name: getattr(settings.model, name) for name in named["model"]}
    weights = {**RECIPES[settings.system].DEFAULTS, **settings.weights}
    top = {name: value for name, value in named.items() if not isinstance(value, dict)}
    return {
        **{name: value for name, value in top.items() if name not in WITHOUT_VALUE},
        **{f"model.{name}": value for name, value in model.items()},
        **{f"weights.{name}": value for name, value in weights.items() if value},
        **{f"training.{name}": value for name, value in asdict(settings.training).items()},
    }


def test_there_are_twelve_recipes():
    assert len(TED) == 12
    assert {path.stem for path in TED} == set(RECIPES)


@pytest.mark.parametrize("path", TED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_value_is_the_published_one_or_named_as_another(path):
    facts = {**PUBLISHED["common"], **PUBLISHED[path.parent.name][path.stem]}
    unknown = {"model.n_words"}  # any number: the data set's
    excused = {*PUBLISHED["unused"], *PUBLISHED["machinery"], *PUBLISHED["deviations"], *unknown}
    found = values(path)
    expected = {name: value for name, (value, _) in facts.items()}
    wrong = {
        name: (value, expected.get(name))
        for name, value in found.items()
        if name not in excused - expected.keys() and expected.get(name) != value
    }
    assert wrong == {}  # ours, published
    settings = config.load_config(path)
    for name in expected.keys() - found.keys():  # left to the default
        table, key = name.split(".")
        assert getattr(getattr(settings, table), key) == expected[name], name


def test_every_published_value_says_where_it_stands():
    for recipes in (PUBLISHED["ted_expressive"], PUBLISHED["ted_gesture"]):
        assert set(recipes) == set(RECIPES)
    tables = [PUBLISHED["common"]]
    tables += [t for k in ("ted_expressive", "ted_gesture") for t in PUBLISHED[k].values()]
    for table in tables:
        for name, (_, source) in table.items():
            assert ".yml" in source or ".py" in source or "not used" in source, name
            assert name in source or len(source) > len("config/x.yml")


def test_deviations_stand_in_the_table_of_the_documentation():
    text = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    for name in PUBLISHED["deviations"]:
        assert f"`{name}`" in text


def test_every_test_that_the_documentation_names_is_there():
    text = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w/]+/)?test_\w+\.py)(?:::(test_\w+))?`", text)
    assert len(named) > 40
    for file, name in named:
        path = ROOT / "tests" / "engine" / file
        assert path.is_file(), file
        assert not name or f"def {name}(" in path.read_text(encoding="utf-8"), name
