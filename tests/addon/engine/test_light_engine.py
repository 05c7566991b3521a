# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing set up: the built-in engine makes takes, in Blender's own Python."""

import json
import os
import subprocess
import sys
import wave

import bpy
import numpy as np
import pytest
from conftest import JFK, REPOSITORY, SUPPORT

SPEAKER = REPOSITORY / "rigs" / "demo" / "speaker.jpg"


def talk(path, seconds):
    """A wav of noise in syllables."""
    samples = np.random.default_rng(0).normal(0, 3000, int(16_000 * seconds))
    samples *= np.sin(2 * np.pi * 3 * np.arange(len(samples)) / 16_000) > 0
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return str(path)


@pytest.fixture
def light(addon, character, monkeypatch, tmp_path):
    """The add-on, of a user who set nothing up."""
    monkeypatch.setattr(addon.engine.process, "python_path", lambda: None)
    bpy.context.scene.gestures.speech = talk(tmp_path / "talk.wav", 5)
    bpy.context.scene.gestures.voice_only = False  # what is heard is noise
    yield addon
    addon.engine.process.stop()


def take(addon):
    """The directions of the take that is shown, and its record."""
    action = bpy.context.object.animation_data.action
    return np.array(addon.takes.stored.load(action)[0]), addon.takes.record.of(action)


def test_generate_is_there_at_once(light):
    assert bpy.ops.gestures.generate.poll()
    assert not light.engine.process.why_missing()
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    directions, made = take(light)
    assert directions.shape == (75, 42, 3)
    assert made.engine["engine"] == "light"
    assert made.engine["numpy"] == np.__version__  # Blender's, and no other
    assert "torch" not in made.engine


def test_sound_that_is_no_voice_is_told(light, capfd):
    bpy.ops.gestures.generate()
    assert "no voice" not in capfd.readouterr().out
    bpy.context.scene.gestures.voice_only = True
    bpy.ops.gestures.generate()
    said = "sounds in 'talk.wav' is taken for no voice and makes no gestures: switch Voices Alone"
    assert said in capfd.readouterr().out


@pytest.mark.once  # the full engine is of that one's Python
def test_its_take_is_the_full_engines(light, monkeypatch):
    settings = bpy.context.scene.gestures
    settings.seed, settings.identity_seed = 4, 2
    settings.speech, settings.image = str(JFK), str(SPEAKER)
    bpy.ops.gestures.generate()
    first = take(light)
    monkeypatch.undo()  # now there is another
    if light.engine.process.is_light():
        pytest.skip("no Python with the engine: set HA2G_PYTHON")
    bpy.ops.gestures.generate()
    second = take(light)
    assert [made.engine["engine"] for _, made in (first, second)] == ["light", "full"]
    np.testing.assert_allclose(first[0], second[0], atol=1e-4)
    np.testing.assert_allclose(first[1].style, second[1].style, atol=1e-4)


def test_sliders_follow_it(light):
    bpy.ops.gestures.generate()
    action, before = bpy.context.object.animation_data.action, take(light)[0]
    rows = np.array(light.takes.style.style_rows(light.takes.style.style_of(action)))
    rows[:, 5] = 0.05, 0.05, 0.9
    light.takes.live.restyle(light.takes.style.style_of(action), rows.tolist())
    light.takes.live.settle()
    assert not light.takes.live.problem()
    assert np.abs(take(light)[0] - before).max() > 1e-3
    np.testing.assert_allclose(take(light)[1].style, rows, atol=1e-4)


def test_cancel_restart_and_death(light, tmp_path):
    jobs, process = light.engine.jobs, light.engine.process
    jobs.wait(jobs.start("hello", {}, ""))
    job = jobs.start("generate", {"speech": talk(tmp_path / "long.wav", 900)}, "")
    jobs.cancel()
    assert jobs.wait(job).kind == "cancelled"
    assert bpy.ops.gestures.engine_restart() == {"FINISHED"}
    assert process.is_ready() and process.info()["engine"] == "light"
    process._session.client._process.kill()
    process._session.client._process.wait()
    assert "stopped unexpectedly" in process.death()
    assert bpy.ops.gestures.generate() == {"FINISHED"}


def test_what_it_cannot_do_is_a_sentence(light, tmp_path):
    settings, jobs = bpy.context.scene.gestures, light.engine.jobs
    for name, sentence in (("talk.mp3", "sound"), ("face.png", "picture")):
        path = tmp_path / name
        path.write_bytes(b"nothing of this kind" * 100)
        kind = "image" if path.suffix == ".png" else "speech"
        before = getattr(settings, kind)
        setattr(settings, kind, str(path))
        with pytest.raises(RuntimeError, match=f"{path.stem}.*{sentence} .*can be read"):
            bpy.ops.gestures.generate()
        setattr(settings, kind, before)
    params = {"checkpoint": str(JFK), "speech": settings.speech}
    assert "no safetensors checkpoint" in jobs.wait(jobs.start("generate", params, "")).message


def test_a_user_may_want_it_beside_the_full_one(fake_engine, character):
    process = fake_engine.engine.process
    assert not process.is_light()
    bpy.ops.gestures.engine_start()
    assert process.running_python() == process.python_path()
    started = process._session.client
    assert process.client() is started
    fake_engine.engine.preferences.get().engine = "LIGHT"
    assert process.running_python() == fake_engine.engine.light.python()
    assert process.client() is not started
    assert not started.alive


def test_blenders_own_blender_decodes(addon, monkeypatch):
    light = addon.engine.light
    assert light.decoder() == [str(light.python()), str(light.SCRIPT)]  # the package bpy
    monkeypatch.setattr(light, "bpy", _Blender)
    command = light.decoder()
    assert command[:2] == ["/opt/blender", "--background"]
    assert command[-3:] == ["--python", str(light.SCRIPT), "--"]


class _Blender:
    class app:
        binary_path = "/opt/blender"


def test_the_python_of_a_blender_that_is_no_python(addon, monkeypatch, tmp_path):
    light = addon.engine.light
    name = "python{}.{}".format(*sys.version_info[:2])
    bundled = tmp_path / "bin" / name
    bundled.parent.mkdir()
    bundled.touch()
    monkeypatch.setattr(light.sys, "executable", "/usr/bin/blender")
    monkeypatch.setattr(light.sys, "prefix", str(tmp_path))
    light.python.cache_clear()
    assert light.python() == bundled
    bundled.unlink()
    monkeypatch.setattr(light.shutil, "which", lambda _name: None)
    light.python.cache_clear()
    assert light.python() is None
    assert addon.engine.process.is_light() or addon.engine.process.python_path()
    monkeypatch.setattr(addon.engine.process, "python_path", lambda: None)
    assert addon.engine.process.why_missing()
    light.python.cache_clear()


def test_a_fresh_profile_generates_from_the_zip_offline(tmp_path):
    import build

    archive, profile = tmp_path / "gestures.zip", tmp_path / "profile"
    build.write_zip(archive, build.packaged_files())
    profile.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HA2G", "PYTHONPATH"))}
    run = subprocess.run(
        [sys.executable, SUPPORT / "light_session.py", archive, talk(tmp_path / "talk.wav", 11)],
        env={**kept, "BLENDER_USER_RESOURCES": str(profile)},
        capture_output=True, text=True, timeout=200, cwd=tmp_path,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert (told["engine"], told["poses"]) == ("light", 165)
    print(told)
