# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py, and the demo from speech to film."""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from PIL import Image

import build

ROOT = Path(build.__file__).parent
ANIMATE = [sys.executable, "-m", "blender_addon.headless.animate"]


def run(*command, timeout=300):
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def one_sentence(text):
    lines = [line for line in text.strip().splitlines() if not line.startswith("[")]
    return len(lines) == 1 and lines[0].endswith(".") and "Traceback" not in text


# --- setup ------------------------------------------------------------------------------


def test_an_environment_is_ready_until_its_requirements_change(tmp_path):
    steps = (("things", (("numpy",),)),)
    environment = build.Environment(tmp_path, (3, 11), steps)
    assert not environment.is_ready()
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    (tmp_path / build.STAMP).write_text(environment.stamp())
    assert environment.is_ready()
    assert not replace(environment, steps=(("things", (("numpy<2",),)),)).is_ready()
    assert not replace(environment, version=(3, 13)).is_ready()


@pytest.fixture
def maker(monkeypatch, tmp_path):
    """maker(code) puts a script of CODE in the place of the one that makes a Debian."""
    monkeypatch.setenv(build.WINDOW_ROOM, "")
    monkeypatch.setattr(build, "WINDOW_TESTS", tmp_path)
    return lambda code: (tmp_path / "debian.py").write_text(code)


def test_a_named_blender_window_is_used_as_it_is(maker, monkeypatch):
    maker("raise SystemExit('nobody asked for this')")
    monkeypatch.setenv(build.WINDOW_ROOM, "somewhere")
    assert build.window_missing() == ""
    assert os.environ[build.WINDOW_ROOM] == "somewhere"


def test_a_window_that_was_made_is_named(maker):
    maker("import sys; print('/place/' + sys.argv[-1])")
    build.need_window("--suite", "sid")
    assert os.environ[build.WINDOW_ROOM] == "/place/sid"


def test_without_leave_to_mount_the_window_is_skipped_with_a_sentence(maker):
    maker("print('Nobody may.'); raise SystemExit(1)")
    assert build.window_missing() == "Nobody may."
    assert os.environ[build.WINDOW_ROOM] == ""


def test_a_maker_that_crashes_is_a_sentence_too(maker):
    maker("raise ValueError")
    assert build.window_missing().endswith("failed.")


def test_a_second_setup_takes_less_than_a_second():
    build.setup()
    start = time.monotonic()
    assert run(sys.executable, "build.py", "setup").returncode == 0
    assert time.monotonic() - start < 1.0


def test_cuda_is_taken_only_where_there_is_a_driver(monkeypatch):
    monkeypatch.delenv("HA2G_TORCH_INDEX", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    first, last = build.torch_attempts()
    assert first[-1].endswith("+cpu")
    assert last == (f"torch=={build.TORCH}",)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert build.torch_attempts()[0] == (f"torch==={build.TORCH}",)
    monkeypatch.setenv("HA2G_TORCH_INDEX", "https://example.org/simple")
    assert build.torch_attempts()[0][:2] == ("--index-url", "https://example.org/simple")


def test_missing_libraries_are_named_with_the_command_for_everybody_but_root(monkeypatch):
    assert not build.loads("libnothing-of-this-name.so.9")
    monkeypatch.setattr(build, "loads", lambda library: library != "libXi.so.6")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(build.BuildError, match=r"sudo apt-get install .*libxi6.*try again\.$"):
        build.need_system_libraries()


def test_a_failed_installation_ends_with_its_last_lines():
    with pytest.raises(build.BuildError, match=r"^Doing it failed: .*gone wrong"):
        build.logged([sys.executable, "-c", "raise SystemExit('gone wrong')"], "doing it")


def test_this_python_is_found_and_another_one_is_not(tmp_path):
    assert build.is_version(Path(sys.executable), sys.version_info[:2])
    assert not build.is_version(Path(sys.executable), (2, 7))
    assert not build.is_version(tmp_path / "python", (3, 11))


# --- test -------------------------------------------------------------------------------


def check(code, limit=30.0):
    return build.run_check(build.Check("check", (sys.executable, "-c", code), limit))


def test_a_check_reports_its_status_and_last_line(capfd):
    assert check("print('1 passed')") == (0, "1 passed")
    assert check("print('== 1 failed in 2s =='); raise SystemExit(1)") == (1, "1 failed in 2s")
    assert "== 1 failed in 2s ==" in capfd.readouterr().out


def test_the_tests_that_failed_are_named_once_below_the_summary():
    status, summary = check("print('FAILED tests/a.py::b - no\\n\\n1 failed'); raise SystemExit(1)")
    assert (status, summary.split("\n")) == (1, ["1 failed", "       FAILED tests/a.py::b - no"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_check_that_crashes_says_so():
    assert check("import os; os.abort()") == (1, "crashed with SIGABRT")


def test_a_check_that_hangs_is_stopped():
    start = time.monotonic()
    status, line = check("import time; time.sleep(60)", limit=1.0)
    assert status == 1 and "stopped after 1 s" in line
    assert time.monotonic() - start < 10


def test_engine_and_add_on_are_tested_in_separate_processes():
    commands = [check.command for check in build.checks(Path("python"))]
    tested = [command[5:] for command in commands if "pytest" in command]
    assert ("tests/engine",) in tested and ("tests/addon",) in tested
    assert all(len(paths) == 1 for paths in tested if {"tests/engine", "tests/addon"} & {*paths})


@pytest.mark.parametrize("every", [False, True])
def test_older_blenders_meet_the_differences_or_everything(every):
    found = build.checks(Path("python"), every_blender=every)
    elder = {c.name[-3:]: c.command for c in found if c.name.startswith("add-on on Blender")}
    assert elder.keys() == {"4.2", "4.5"}
    for blender, (python, *_, last) in elder.items():
        assert f".venv-{blender[0]}{blender[2]}" in python
        assert (last == "tests/addon") == every
        assert (ROOT / last).exists()


def test_older_blenders_are_packages_of_their_version():
    for blender, extra in build.ELDER.items():
        (pinned,) = (p for p in build.project()["optional-dependencies"][extra] if "bpy" in p)
        assert pinned.startswith(f"bpy=={blender}.")
    manifest = tomllib.loads((ROOT / "blender_addon/blender_manifest.toml").read_text())
    assert manifest["blender_version_min"].startswith(next(iter(build.ELDER)))


def test_every_test_is_run_by_some_check():
    chosen = [*build.checks(Path("python")), build.window_check(Path("python"))]
    places = [ROOT / one for c in chosen if "pytest" in c.command for one in c.command[4:]]
    for path in ROOT.glob("tests/**/test_*.py"):
        assert any(path == place or place in path.parents for place in places), path


def test_checks_side_by_side_use_a_thread_each():
    for alone in (True, False):
        beside = build.own_settings(build.Check("check", (), 1.0, alone), "user")
        assert beside.get("OMP_NUM_THREADS") == (None if alone else "1")


# --- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["demo", "--speech", "nothing.wav"],
        ["demo", "--image", "nothing.png"],
        ["demo", "--rig", "nothing.fbx"],
        ["demo", "--rig", "LICENSE"],
        ["demo", "--out", "LICENSE"],
        ["demo", "--colour", "red"],
    ],
    ids=" ".join,
)
def test_build_refuses_with_one_sentence(arguments, tmp_path):
    if "--out" not in arguments and arguments[0] == "demo":
        arguments = [*arguments, "--out", tmp_path / "out"]
    answer = run(sys.executable, "build.py", *arguments)
    assert answer.returncode == 2 and one_sentence(answer.stderr), answer.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["text.wav", "empty.wav"])
def test_a_speech_that_is_none_leaves_nothing_behind(name, tmp_path):
    speech = tmp_path / name
    speech.write_text("hello" if name.startswith("text") else "")
    answer = run(sys.executable, "build.py", "demo", "--speech", speech, "--out", tmp_path / "out")
    assert answer.returncode == 2 and one_sentence(answer.stderr), answer.stderr
    assert sorted(tmp_path.iterdir()) == [speech]


@pytest.fixture
def motion(tmp_path):
    """A second of arms that wave about the skeleton's neutral pose."""
    from ha2g_engine.body.skeleton import EXPRESSIVE

    directions = np.repeat(np.asarray(EXPRESSIVE.mean_direction, np.float64)[None], 16, axis=0)
    directions[:, :, 1] += 0.4 * np.sin(np.arange(16) / 3.0)[:, None]
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    path = tmp_path / "motion.npz"
    np.savez(path, directions=directions.astype(np.float32), fps=15.0)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--motion": "nothing.npz"}, "no motion file"),
        ({"--motion": "LICENSE"}, "is no motion"),
        ({"--rig": "LICENSE"}, "is no rig"),
        ({"--out": "picture.jpg"}, "choose a name ending in"),
        ({"--out": None}, "Nothing to write"),
        ({"--range": "9:1"}, "is empty"),
        ({"--range": "all"}, "no range"),
        ({"--fps": "0"}, "choose 1 to 240"),
        ({"--armature": "Nobody"}, "no armature 'Nobody'"),
        ({"--map": "pyproject.toml"}, "bone mapping"),
    ],
    ids=str,
)
def test_animate_refuses_with_one_sentence(change, words, motion, tmp_path):
    options = {"--motion": motion, "--rig": build.DEMO_RIG, "--out": tmp_path / "x.fbx"} | change
    given = [part for option in options.items() if option[1] is not None for part in option]
    answer = run(*ANIMATE, *given)
    assert answer.returncode == 2 and one_sentence(answer.stderr), answer.stderr
    assert words in answer.stderr
    assert list(tmp_path.iterdir()) == [motion]


# --- animating ------------------------------------------------------------------------------

COUNTS = """
import sys, os, bpy
def facts(path):
    bpy.ops.wm.open_mainfile(filepath=path)
    rig = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    rest = [(b.name, *(x for row in b.matrix_local for x in row)) for b in rig.data.bones]
    modes = [(b.name, b.rotation_mode, len(b.constraints)) for b in rig.pose.bones]
    things = [(o.name, o.type, *o.scale) for o in bpy.data.objects]
    materials = [(m.name, *m.diffuse_color) for m in bpy.data.materials]
    scene = bpy.context.scene
    return rest, modes, things, materials, scene.render.engine, scene.world, len(bpy.data.actions)
{code}
sys.stdout.flush()
os._exit(0)
"""


def blender(code):
    answer = run(sys.executable, "-c", COUNTS.replace("{code}", code))
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_blend_of_the_users_gets_the_take_and_nothing_else(motion, tmp_path):
    before, after = tmp_path / "before.blend", tmp_path / "after.blend"
    blender(
        "bpy.ops.wm.read_factory_settings(use_empty=True)\n"
        f"bpy.ops.import_scene.fbx(filepath={str(build.DEMO_RIG)!r})\n"
        "curve = bpy.data.curves.new('beard', 'CURVE')\n"
        "curve.bevel_depth = 0.01\n"
        "beard = bpy.data.objects.new('beard', curve)\n"
        "bpy.context.collection.objects.link(beard)\n"
        "beard.parent = next(o for o in bpy.data.objects if o.type == 'ARMATURE')\n"
        f"bpy.ops.wm.save_as_mainfile(filepath={str(before)!r})"
    )
    preview = tmp_path / "preview.png"
    given = ["--motion", motion, "--rig", before, "--out", after, "--preview", preview]
    answer = run(*ANIMATE, *given, "--out", tmp_path / "after.glb")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.count("It is without 'beard': ") == 1
    said = blender(
        f"one, two = facts({str(before)!r}), facts({str(after)!r})\n"
        "print('same' if one[:-1] == two[:-1] else 'changed', two[-1] - one[-1])"
    )
    assert "same 1" in said
    assert is_a_picture(preview)


def is_a_picture(path):
    """Neither blank nor the same everywhere: each quarter shows something else."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float64)
    quarters = [q for half in np.array_split(pixels, 2) for q in np.array_split(half, 2, axis=1)]
    return all(quarter.std() > 20.0 for quarter in quarters)


# --- the demo -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo's folder for 2.5 s of speech."""
    folder = tmp_path_factory.mktemp("demo")
    sound, rate = soundfile.read(build.DEMO_SPEECH)
    speech = folder / "short.wav"
    soundfile.write(speech, sound[: int(2.5 * rate)], rate)
    given = ["--speech", speech, "--out", folder / "out"]
    answer = run(sys.executable, "build.py", "demo", *given)
    assert answer.returncode == 0, answer.stderr
    return folder / "out"


@pytest.mark.slow
def test_the_demo_writes_its_five_files_and_no_others(demo):
    assert sorted(path.name for path in demo.iterdir()) == sorted(build.DEMO_FILES)
    with np.load(demo / "motion.npz") as motion:
        assert motion["directions"].shape == (38, 42, 3)
    assert is_a_picture(demo / "preview.png")


@pytest.mark.slow
def test_the_demo_film_has_picture_and_sound(demo):
    film = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", demo / "gestures.mp4"]
    facts = run(*film, "-af", "volumedetect", "-f", "null", "-").stderr
    assert re.search(r"Video: h264.* 800x600.* 24 fps", facts)
    assert "Audio: aac" in facts
    assert float(re.search(r"max_volume: (-?[\d.]+) dB", facts)[1]) > -12.0
    minutes, seconds = re.search(r"Duration: 00:(\d\d):([\d.]+)", facts).groups()
    assert int(minutes) * 60 + float(seconds) == pytest.approx(2.5, abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("assimp") is None, reason="needs assimp-utils")
def test_an_independent_reader_finds_one_animation_in_the_demos_fbx(demo):
    facts = run("assimp", "info", demo / "gestures.fbx").stdout
    assert re.search(r"Animations:\s+1\b", facts), facts
    assert "Bip01 L Finger12" in facts
