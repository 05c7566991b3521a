# SPDX-License-Identifier: GPL-3.0-or-later
"""`ha2g bench` tells every row; how quick anything is, no test says."""

import json
import sys
from dataclasses import replace

import pytest
from tiny_models import SMALL

from ha2g_engine.bench import engine, rows, table
from ha2g_engine.cli.main import main

STAND_IN = {  # signatures of the reference's that the script calls, with small networks behind
    "model/__init__.py": "",
    "model/vocab.py": """
class Vocab:
    def __init__(self, name, insert_default_tokens=True):
        self.n_words = 0
    def index_word(self, word):
        self.n_words += 1
""",
    "model/hierarchy_net.py": """
from torch import nn
class Hierarchical_WavEncoder(nn.Module):
    def __init__(self, args, z_obj, pose_level, nOut=32):
        super().__init__()
        self.out, self.levels = nn.Linear(70, args.n_poses), pose_level
    def forward(self, audio_spectrum, vid_indices):
        assert len(vid_indices) == len(audio_spectrum) == 1
        heard = self.out(audio_spectrum[:, :32]).transpose(1, 2)
        return heard, heard, heard, heard, [heard] * self.levels
class Hierarchical_PoseGenerator(nn.Module):
    def __init__(self, args, pose_dim, n_words, word_embed_size, word_embeddings, z_obj=None):
        super().__init__()
        self.out = nn.Linear(32 + pose_dim + 1, pose_dim)
        self.words = nn.Embedding(n_words, 1)
    def forward(self, pre_seq, in_text, audio_feat_seq=None, vid_indices=None):
        import torch
        known = torch.cat((pre_seq, audio_feat_seq), dim=2)
        return self.out(known) + self.words(in_text), None
""",
}


@pytest.fixture
def quick(monkeypatch):
    """Measures that are there at once."""
    told = {row.name: (lambda row=row: [row.goal] * 3) for row in rows.TABLE}
    monkeypatch.setattr(engine.Bench, "measures", told)
    others = {row.name: [3.0, 1.0, 2.0] for row in rows.TABLE if row.by == "add-on"}
    monkeypatch.setattr(table, "_others", lambda *_: others)


def test_every_row_is_there_with_its_goal(quick, capsys):
    assert main(["bench", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"processor", "cores", "load", "torch", "python"} <= set(told["machine"])
    assert [row["name"] for row in told["rows"]] == [row.name for row in rows.TABLE]
    for row in told["rows"]:
        assert row["goal"][0] in "≤≥"
        assert ("median" in row) != ("why_not" in row)
    found = {row["name"]: row for row in told["rows"]}
    assert (found["stroke"]["median"], found["stroke"]["least"], found["stroke"]["most"]) == (
        2,
        1,
        3,
    )
    assert found["stroke"]["reached"] is False
    assert found["default"]["reached"] is True
    assert found["full_ratio"]["why_not"] == table.NO_REFERENCE


def test_one_row_in_words(quick, capsys):
    assert main(["bench", "--only", "training", "--only", "help"]) == 0
    *_, training, shown = capsys.readouterr().out.splitlines()
    assert training.split()[-1] == "yes" and "≥ 3.64 samples/s" in training
    assert shown.startswith("ha2g --help") and "≤ 0.15 s" in shown


@pytest.mark.parametrize(
    "options", [["--only", "nonsense"], ["--training", "--only", "help"], ["--batch", "3"]]
)
def test_what_cannot_be_measured_is_refused(options, capsys):
    assert main(["bench", *options]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_least_and_most():
    least = rows.Row("a", "", "x", 2.0, least=True)
    assert rows.Figure(least, (2.0, 1.0, 3.0)).reached
    assert not rows.Figure(replace(least, least=False), (2.1,)).reached


def test_where_the_system_does_not_tell_the_row_says_so(monkeypatch):
    monkeypatch.setattr(engine, "MEMORY", "/nowhere/{}")
    monkeypatch.setattr(engine, "LONG", 1.0)
    (row,) = table.measured(table.Ask(["memory"]))["rows"]
    assert row["why_not"].startswith("not told here")


def test_a_failing_program_says_why(tmp_path, monkeypatch):
    (tmp_path / "fails.py").write_text("raise SystemExit('no Blender here')")
    monkeypatch.setattr(table, "CHECKOUT", tmp_path)
    monkeypatch.setattr(table, "ADDON", table.Path("fails.py"))
    (row,) = table.measured(table.Ask(["stroke"]))["rows"]
    assert row["why_not"] == "fails.py fails: no Blender here"
    monkeypatch.setattr(table, "ADDON", table.Path("none.py"))
    (row,) = table.measured(table.Ask(["stroke"]))["rows"]
    assert row["why_not"] == table.NO_CHECKOUT


def test_values_of_the_engines_own_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "LONG", 1.0)
    monkeypatch.setattr(engine, "SHORT", 1.0)
    monkeypatch.setattr(engine, "SEEDS", 2)
    monkeypatch.setattr(engine, "TIMES", 2)
    with engine.bench() as bench:
        for name in ("default", "light", "seeds"):
            values = bench.measures[name]()
            assert len(values) == 2 and min(values) > 0, name


def test_the_references_networks_run_beside_ours(tmp_path, monkeypatch):
    for name, text in STAND_IN.items():
        path = tmp_path / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sys, "path", [str(table.CHECKOUT / "tests" / "surveys"), *sys.path])
    import against_reference

    sizes = {"identity": "speaker", "n_speakers": 3, "n_words": 5, "word_dim": 8}
    config = replace(SMALL, **sizes, composed=False)
    found = against_reference.ratios(tmp_path, config, seconds=3.0, turns=2)
    assert len(found) == 2 and min(found) > 0
