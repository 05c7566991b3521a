# SPDX-License-Identifier: GPL-3.0-or-later
"""The models in the preferences: what each says of itself, bringing in, choosing, removing."""

import hashlib
import shutil
import sys
import time

import bpy
import pytest
from checkpoint_files import checkpoint_of


@pytest.fixture
def manager(addon, tmp_path, monkeypatch):
    """The add-on with a folder of its own for models."""
    monkeypatch.setattr(addon.engine.process, "user_folder", lambda: tmp_path / "user")
    yield addon
    addon.engine.preferences.get().model = ""


def bring_in(path):
    return bpy.ops.gestures.model_import(filepath=str(path))


def test_the_default_tells_of_itself(manager):
    (model,) = manager.engine.models.listed()
    content = model.path.read_bytes()
    assert model.digest == hashlib.sha256(content).hexdigest()
    assert (model.kind, model.system, model.title) == ("default", "ha2g", "Default")
    assert model.licence.startswith("Weights: GPL-3.0-or-later")
    assert 3e6 < model.numbers < 5e6
    assert manager.engine.models.checkpoint() is None


def test_a_trained_model_is_brought_in_with_its_card_and_used(manager, tmp_path):
    source = checkpoint_of(tmp_path, card="# Mine\n\nLicense: CC0\n")
    assert bring_in(source) == {"FINISHED"}
    model = manager.engine.models.chosen()
    assert (model.name, model.kind, model.epoch) == ("mine.safetensors", "trained", 7)
    assert (model.numbers, model.licence) == (17, "CC0")
    assert model.path != source and model.path.read_bytes() == source.read_bytes()
    assert manager.engine.models.checkpoint() == str(model.path)
    source.unlink()
    assert manager.engine.models.chosen() is not None


def test_an_imported_model_names_its_source_and_the_licence_of_its_notes(manager, tmp_path):
    bring_in(checkpoint_of(tmp_path, notes={"source": "x.bin", "licence": "research only"}))
    model = manager.engine.models.chosen()
    assert (model.kind, model.licence, model.card) == ("imported", "research only", None)


def test_two_of_one_name_are_both_kept(manager, tmp_path):
    source = checkpoint_of(tmp_path)
    bring_in(source)
    bring_in(source)
    names = [model.name for model in manager.engine.models.listed()]
    assert names == ["", "mine 2.safetensors", "mine.safetensors"]


def test_choosing_removing_and_the_default_again(manager, tmp_path):
    bring_in(checkpoint_of(tmp_path, card="x"))
    bpy.ops.gestures.model_choose(model="")
    assert manager.engine.models.checkpoint() is None
    with pytest.raises(RuntimeError, match="belongs to the add-on"):
        bpy.ops.gestures.model_remove()
    bpy.ops.gestures.model_choose(model="mine.safetensors")
    bpy.ops.gestures.model_remove()
    assert [model.kind for model in manager.engine.models.listed()] == ["default"]
    assert not list((tmp_path / "user" / "models").iterdir())
    with pytest.raises(RuntimeError, match="no model 'no-such'"):
        bpy.ops.gestures.model_choose(model="no-such")


@pytest.mark.parametrize("damage", ["cut", "other", "empty", "huge", "nested", "no notes"])
def test_what_is_no_model_is_refused_and_leaves_nothing(manager, tmp_path, damage):
    source = checkpoint_of(tmp_path)
    content = source.read_bytes()
    nested = b"[" * 100_000
    source.write_bytes(
        {
            "cut": content[:-3],
            "other": content.replace(b"ha2g-1", b"ha2g-9"),
            "empty": b"",
            "huge": (1 << 40).to_bytes(8, "little") + content[8:],
            "nested": len(nested).to_bytes(8, "little") + nested,
            "no notes": content.replace(b'"notes"', b'"nodes"'),
        }[damage]
    )
    with pytest.raises(RuntimeError, match="is no model of this engine or is cut short"):
        bring_in(source)
    assert not list((tmp_path / "user" / "models").glob("*"))
    assert manager.engine.preferences.get().model == ""


def test_a_published_one_needs_the_full_engine(manager, tmp_path, monkeypatch):
    monkeypatch.setattr(manager.engine.process, "python_path", lambda: None)
    (tmp_path / "published.bin").write_bytes(b"PK")
    with pytest.raises(RuntimeError, match="set it up first"):
        bring_in(tmp_path / "published.bin")


def test_a_published_one_is_read_by_the_full_engine(manager, tmp_path, monkeypatch):
    """By a Python that answers like the shell's `ha2g checkpoint import`."""
    ready = checkpoint_of(tmp_path, "ready", {"source": "published.bin"})
    code = (
        "import shutil, sys\n"
        "assert sys.argv[-5:-2] == ['checkpoint', 'import', sys.argv[-3]], sys.argv\n"
        f"shutil.copy({str(ready)!r}, sys.argv[-1])\n"
    )
    (tmp_path / "stand_in.py").write_text(code)
    started = manager.engine.supervised.started

    def stand_in(python, command, more):
        return started(
            sys.executable, [sys.executable, str(tmp_path / "stand_in.py"), *command[1:]]
        )

    monkeypatch.setattr(manager.engine.supervised, "started", stand_in)
    monkeypatch.setattr(manager.engine.process, "python_path", lambda: sys.executable)
    (tmp_path / "published.bin").write_bytes(b"PK")
    assert bring_in(tmp_path / "published.bin") == {"FINISHED"}
    assert manager.engine.models.chosen().kind == "imported"


def test_why_a_published_one_cannot_be_read_is_told(manager, tmp_path, monkeypatch):
    started = manager.engine.supervised.started
    refusal = [sys.executable, "-c", "print('It is no checkpoint.'); raise SystemExit(2)"]
    monkeypatch.setattr(
        manager.engine.supervised, "started", lambda *_: started(sys.executable, refusal)
    )
    monkeypatch.setattr(manager.engine.process, "python_path", lambda: sys.executable)
    (tmp_path / "published.bin").write_bytes(b"PK")
    with pytest.raises(RuntimeError, match="It is no checkpoint"):
        bring_in(tmp_path / "published.bin")
    assert not list((tmp_path / "user" / "models").glob("*"))


def test_new_takes_are_made_with_it_and_remember_it(manager, fake_engine, character, tmp_path):
    bring_in(checkpoint_of(tmp_path))
    bpy.context.scene.gestures.speech = str(manager.paths.ENGINE_DIR.parent / "rigs/demo/jfk.flac")
    assert bpy.ops.gestures.generate("EXEC_DEFAULT") == {"FINISHED"}
    made = manager.takes.shown.chosen_record(bpy.context)
    assert made.checkpoint == str(tmp_path / "user" / "models" / "mine.safetensors")
    bpy.ops.gestures.model_choose(model="")
    assert bpy.ops.gestures.generate("EXEC_DEFAULT") == {"FINISHED"}
    assert manager.takes.shown.chosen_record(bpy.context).checkpoint is None


def test_a_model_that_is_gone_is_told_before_anything_is_asked(
    manager, fake_engine, character, tmp_path
):
    bring_in(checkpoint_of(tmp_path))
    shutil.rmtree(tmp_path / "user" / "models")
    assert manager.engine.models.chosen() is None
    bpy.context.scene.gestures.speech = str(manager.paths.ENGINE_DIR.parent / "rigs/demo/jfk.flac")
    with pytest.raises(RuntimeError, match="is not there any more"):
        bpy.ops.gestures.generate("EXEC_DEFAULT")


def test_the_engine_loads_it_when_it_starts(manager, fake_engine, tmp_path, monkeypatch):
    bring_in(checkpoint_of(tmp_path))
    asked = []
    request = manager.engine.client.EngineClient.request

    def noted(self, method, **params):
        asked.append((method, params))
        return request(self, method, **params)

    monkeypatch.setattr(manager.engine.client.EngineClient, "request", noted)
    manager.engine.process.client()
    path = str(tmp_path / "user" / "models" / "mine.safetensors")
    assert asked == [("hello", {"checkpoint": path})]


def test_the_list_is_quick_the_second_time(manager, tmp_path):
    manager.engine.models.listed()
    began = time.perf_counter()
    for _ in range(100):
        manager.engine.models.listed()
    assert time.perf_counter() - began < 0.2
