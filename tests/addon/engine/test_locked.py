# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up by a lock file: real virtual environments and pip, tiny packages, no network."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import wheelhouse

from blender_addon.engine import install, lock, parts, recipe
from blender_addon.engine.install import EngineSetup
from blender_addon.engine.parts import Made
from blender_addon.engine.recipe import Source
from blender_addon.paths import ENGINE_DIR

TARGET = "tiny-3.11"


def finished(setup, seconds=120):
    end = time.monotonic() + seconds
    while setup.outcome is None:
        assert time.monotonic() < end, setup.told
        time.sleep(0.02)
    return setup.outcome


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Wheels of the engine, of two parts and of two builds, their lock file and their index."""
    folder = tmp_path / "wheels"
    wheels = {
        "engine": wheelhouse.wheel(folder, "core"),
        "words": wheelhouse.wheel(folder, "wordy"),
        "training": wheelhouse.wheel(folder, "curves"),
        "engine gpu": wheelhouse.wheel(folder, "cuda", padding=3000),
    }
    lines = [wheelhouse.lock_line(path, marks) for marks, path in wheels.items()]
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / f"{TARGET}.txt").write_text("# a comment\n" + "\n".join(lines))
    read = lock.read
    monkeypatch.setattr(lock, "read", lambda name: read(name, tmp_path / "locked"))
    monkeypatch.setattr(recipe, "IMPORT_CHECK", "import core")
    imports = {"words": "import wordy", "training": "import curves"}
    monkeypatch.setattr(recipe, "IMPORTS", imports)
    monkeypatch.setattr(recipe, "QUIET", (*recipe.QUIET, "--retries", "0"))
    parts.packages.cache_clear()
    yield folder
    parts.packages.cache_clear()


@pytest.fixture
def index(house, tmp_path):
    """pip's arguments for an index of these wheels."""
    address = wheelhouse.index(tmp_path / "simple", list(house.glob("*.whl")))
    return Source(arguments=("--index-url", address))


def made(*wanted, build="cpu"):
    return Made.from_lock(TARGET, wanted, build)


def set_up(folder, wanted, source):
    return EngineSetup(recipe.locked(sys.executable, folder, wanted, source), "complete")


def modules(folder):
    """Which of the tiny packages can be imported."""
    python = recipe.built_python(folder)
    names = ("core", "wordy", "curves", "cuda")
    code = f"import importlib.util as u; print(*[n for n in {names} if u.find_spec(n)])"
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.split()


def test_parts_are_set_up_from_an_index_and_leave_no_wheels(house, index, tmp_path):
    setup = set_up(tmp_path / "venv", made("words"), index)
    assert finished(setup) == ""
    assert modules(tmp_path / "venv") == ["core", "wordy"]
    assert not (tmp_path / "venv-wheels").exists()
    marker = (tmp_path / "venv" / "complete").read_text().splitlines()
    assert Made.of(marker) == made("words")


@pytest.mark.once
def test_a_part_is_added_and_removed_without_making_the_engine_anew(house, index, tmp_path):
    folder = tmp_path / "venv"
    assert finished(set_up(folder, made("words"), index)) == ""
    (folder / "mine").touch()
    changed = recipe.changed(sys.executable, folder, made("words"), made("training"), index)
    assert [step.message for step in changed.steps if step.size] == ["Downloading curves"]
    assert finished(EngineSetup(changed, "complete")) == ""
    assert modules(folder) == ["core", "curves"]
    assert (folder / "mine").exists()
    assert Made.of((folder / "complete").read_text().splitlines()) == made("training")


@pytest.mark.once
def test_a_part_that_cannot_be_added_leaves_the_engine_as_it_was(house, index, tmp_path):
    folder = tmp_path / "venv"
    assert finished(set_up(folder, made("words"), index)) == ""
    for page in (tmp_path / "simple").glob("curves/*"):
        page.unlink()
    changed = recipe.changed(sys.executable, folder, made("words"), made("training"), index)
    outcome = finished(EngineSetup(changed, "complete"))
    assert "downloading curves" in outcome and outcome.endswith(install.KEPT)
    assert modules(folder) == ["core", "wordy"]
    assert Made.of((folder / "complete").read_text().splitlines()) == made("words")


@pytest.mark.once
def test_without_a_connection_a_folder_of_wheels_is_enough(house, tmp_path):
    setup = set_up(tmp_path / "venv", made("training", build="gpu"), Source(str(house)))
    assert finished(setup) == ""
    assert modules(tmp_path / "venv") == ["core", "curves", "cuda"]


@pytest.mark.once
@pytest.mark.parametrize("from_folder", [True, False])
def test_a_package_that_is_not_the_one_of_the_lock_file_is_refused(
    house, index, tmp_path, from_folder
):
    wheelhouse.wheel(house, "core", content="print('a stranger')")
    setup = set_up(tmp_path / "venv", made(), Source(str(house)) if from_folder else index)
    outcome = finished(setup)
    assert "other content" in outcome
    assert not (tmp_path / "venv").exists()


@pytest.mark.once
def test_an_index_for_this_graphics_card_gives_its_pytorch_and_what_that_needs(
    house, index, tmp_path, monkeypatch
):
    locked = [
        wheelhouse.lock_line(house / "core-1.0-py3-none-any.whl", "engine"),
        wheelhouse.lock_line(wheelhouse.wheel(house, "torch", "2.0"), "engine gpu"),
        wheelhouse.lock_line(house / "cuda-1.0-py3-none-any.whl", "engine gpu"),
    ]
    (tmp_path / "locked" / "card-3.11.txt").write_text("\n".join(locked))
    needed = "Requires-Dist: nvidia\n"
    own = wheelhouse.wheel(tmp_path / "own", "torch", "2.0+cu9", needed=needed)
    wheels = [own, wheelhouse.wheel(tmp_path / "own", "nvidia")]
    card = wheelhouse.index(tmp_path / "card", wheels)
    source = Source(arguments=index.arguments, torch_index=card)
    wanted = Made.from_lock("card-3.11", (), "gpu")
    assert finished(set_up(tmp_path / "venv", wanted, source)) == ""
    python = recipe.built_python(tmp_path / "venv")
    code = "from importlib.metadata import version as v; print(v('torch'), v('nvidia'), v('core'))"
    told = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout
    assert told.split() == ["2.0+cu9", "1.0", "1.0"]
    assert modules(tmp_path / "venv") == ["core"]


@pytest.mark.once
def test_what_was_downloaded_is_not_downloaded_again(house, index, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "LARGE", 1)  # each wheel is a step of its own
    folder, wheels = tmp_path / "venv", tmp_path / "venv-wheels"
    (tmp_path / "simple/wordy/index.html").rename(tmp_path / "away")
    assert "wordy" in finished(set_up(folder, made("words"), index))
    assert not folder.exists()
    assert [path.name for path in wheels.glob("*.whl")] == ["core-1.0-py3-none-any.whl"]
    (tmp_path / "away").rename(tmp_path / "simple/wordy/index.html")
    before = (wheels / "core-1.0-py3-none-any.whl").stat()
    again = set_up(folder, made("words"), index)
    seen = []
    while again.outcome is None:
        seen.append((wheels / "core-1.0-py3-none-any.whl").stat().st_ino) if wheels.exists() else 0
        time.sleep(0.05)
    assert again.outcome == ""
    assert before.st_ino in seen
    assert modules(folder) == ["core", "wordy"]


@pytest.mark.once
def test_half_a_wheel_that_was_left_is_not_taken(house, index, tmp_path):
    wheels = tmp_path / "venv-wheels"
    wheels.mkdir()
    whole = next(house.glob("core-*.whl")).read_bytes()
    (wheels / "core-1.0-py3-none-any.whl").write_bytes(whole[: len(whole) // 2])
    (wheels / "half").mkdir()
    (wheels / "half" / "rest").write_bytes(whole)
    assert finished(set_up(tmp_path / "venv", made(), index)) == ""
    assert modules(tmp_path / "venv") == ["core"]


@pytest.mark.once
def test_pips_own_settings_do_not_reach_it(house, index, tmp_path, monkeypatch):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nno-index = true\n[install]\ntarget = /nowhere\n")
    mine = {"PIP_CONFIG_FILE": str(settings), "PIP_NO_INDEX": "1", "PYTHONHOME": "/nowhere"}
    monkeypatch.setattr(os, "environ", os.environ | mine)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert finished(set_up(tmp_path / "venv", made(), index)) == ""


@pytest.mark.once
def test_a_disk_that_is_too_small_is_told_before_anything_is_done(
    house, index, tmp_path, monkeypatch
):
    usage = install.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    outcome = finished(set_up(tmp_path / "venv", made(), index))
    assert "it needs about" in outcome and "choose another folder" in outcome
    assert not (tmp_path / "venv").exists()


def test_megabytes_and_seconds_are_shown(tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    half = "import os, pathlib, time; (pathlib.Path(os.environ['TMPDIR']) / 'x').write_bytes("
    step = recipe.Step(
        "Downloading x", (sys.executable, "-c", f"{half}bytes(2_000_000)); time.sleep(60)"), True,
        size=8_000_000,
    )  # fmt: skip
    given = recipe.Recipe(sys.executable, tmp_path / "venv", (), (step,), True, wheels)
    setup = EngineSetup(given, "complete")
    end = time.monotonic() + 20
    while not setup.told.startswith("Downloading x: 2 of 8 MB, "):
        assert time.monotonic() < end, setup.told
        time.sleep(0.02)
    assert 0.2 < setup.fraction < 0.5
    setup.cancel()
    assert finished(setup, 10).startswith("Cancelled")


# --- the lock files that are shipped ---------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(path.stem for path in lock.FOLDER.glob("*.txt")))
def test_each_lock_file_pins_all_that_the_engine_asks_for(name):
    from packaging.requirements import Requirement

    system = name.split("-")[0]
    python = {"python_version": name.rpartition("-")[2]}
    platform = {"linux": "linux", "windows": "win32", "macos": "darwin"}[system]
    for build in lock.BUILDS:
        held = {one.name: one for one in lock.chosen(lock.read(name), parts.TITLES, build)}
        for line in recipe.requirements_of(ENGINE_DIR):
            asked = Requirement(line)
            if asked.marker and not asked.marker.evaluate({"sys_platform": platform, **python}):
                continue
            assert asked.specifier.contains(held[asked.name].version), line
    assert not [one for one in held if one.startswith(("cuda", "nvidia"))] or (
        build == "gpu" and system == "linux"
    )


@pytest.mark.once
def test_no_lock_file_names_an_address():
    texts = [path.read_text() for path in lock.FOLDER.glob("*.txt")]
    assert len(texts) == 9
    assert not [text for text in texts if "://" in text]


@pytest.mark.once
def test_the_build_for_processors_is_a_tenth_of_that_for_graphics_cards():
    cpu, gpu = (parts.megabytes("linux-x86_64-3.11", {"words"}, build) for build in lock.BUILDS)
    assert 200 < cpu < 500 < 2000 < gpu


def test_a_damaged_line_is_an_error(tmp_path):
    (tmp_path / "x.txt").write_text("numpy==1.0\n")
    with pytest.raises(ValueError, match="numpy"):
        lock.read("x", tmp_path)
    assert lock.read("no-such", tmp_path) == ()


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-x86_64-3.11"),
        ("win32", "AMD64", "windows-x86_64-3.11"),
        ("darwin", "arm64", "macos-arm64-3.11"),
    ],
)
def test_a_lock_file_is_found_by_system_machine_and_python(system, machine, name):
    assert lock.target((3, 11), system, machine) == name
    assert (lock.FOLDER / f"{name}.txt").is_file()


def test_which_build_follows_from_the_driver_and_from_what_is_known(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert Source().build(False) == "gpu"  # its index has no other
    assert Source(torch_index="x").build(False) == "cpu"
    assert Source(wheelhouse="x").build(False) == "cpu"
    assert Source(arguments=("--extra-index-url=x",)).build(False) == "cpu"
    assert Source(torch_index="x").build(True) == "gpu"
    monkeypatch.setattr(sys, "platform", "win32")
    assert Source().build(False) == "cpu"


def test_a_driver_is_seen_by_its_program(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    parts.has_driver.cache_clear()
    bare = parts.has_driver()
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    parts.has_driver.cache_clear()
    assert parts.has_driver()
    assert bare == Path("/proc/driver/nvidia").is_dir()
    parts.has_driver.cache_clear()
