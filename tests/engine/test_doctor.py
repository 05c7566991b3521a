# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g doctor`` tells what is there, what is missing and how to get it."""

import json
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from ha2g_engine import doctor
from ha2g_engine.cli.main import main


def findings():
    return {one.name: one for one in doctor.look().findings}


def test_what_is_there_is_told_with_its_version(capsys):
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["works"] and told["facts"]["engine"]
    found = {one["name"]: one for one in told["findings"]}
    assert found["numpy"]["found"] == metadata.version("numpy")
    assert "computes on" in found["torch"]["found"]
    assert "sha256" in found["default model"]["found"] and not found["default model"]["get"]


def test_what_is_missing_is_told_with_how_to_get_it(monkeypatch, capsys):
    there = metadata.version

    def version(name):
        if name in ("librosa", "piper-tts"):
            raise metadata.PackageNotFoundError(name)
        return "0.1" if name == "typer" else there(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    found = findings()
    assert found["librosa"].get.endswith('pip install "librosa<0.12,>=0.11"')
    assert found["typer"].missing and found["typer"].found == "0.1"  # too old
    assert found["piper-tts"].missing and not found["piper-tts"].needed
    assert "install the program flite" in found["flite"].get
    assert main(["doctor"]) == 2
    out, err = capsys.readouterr()
    assert "librosa          not there (the engine)" in out
    assert err == "The engine lacks what it needs: see the lines with an arrow.\n"


def test_only_extras_missing_is_no_failure(monkeypatch):
    monkeypatch.setattr(doctor, "EXTRAS", {"no-such-package": "nothing"})
    report = doctor.look()
    assert report.works and next(o for o in report.findings if o.name == "no-such-package").missing


@pytest.mark.parametrize(("text", "mended"), [("", False), ("sha256 `" + "0" * 64 + "`", True)])
def test_a_model_that_is_not_the_one_of_its_card(tmp_path, monkeypatch, text, mended):
    model = tmp_path / "default.safetensors"
    model.write_bytes(b"numbers")
    (tmp_path / "MODEL_CARD.md").write_text(text)
    monkeypatch.setattr(doctor, "DEFAULT", model)
    assert findings()["default model"].missing == mended


def test_a_graphics_card_that_this_build_cannot_use_is_told(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "PyTorch for CUDA" in findings()["torch"].get


def test_where_it_is_only_a_folder_the_file_beside_it_tells_what_is_needed(monkeypatch):
    there = metadata.version

    def version(name):
        if name in ("tensorboard", "scipy"):
            raise metadata.PackageNotFoundError(name)
        return there(name)

    def not_installed(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", not_installed)
    monkeypatch.setattr(metadata, "version", version)
    found = findings()
    assert found["tensorboard"].missing and not found["tensorboard"].needed
    assert found["tensorboard"].purpose == "the curves of ha2g train"
    assert found["scipy"].missing and found["scipy"].needed
    assert not doctor.look().works


def test_what_a_part_of_the_add_on_brings_is_what_may_be_left_out():
    project = Path(doctor.__file__).parents[1] / "pyproject.toml"
    parts = tomllib.loads(project.read_text())["tool"]["ha2g"]["parts"]
    assert sorted(name for names in parts.values() for name in names) == sorted(doctor.PARTS)
