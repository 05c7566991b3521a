# SPDX-License-Identifier: GPL-3.0-or-later
"""The packaged zip: what is in it, and that all of it runs where only the zip is."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import soundfile
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import build

ROOT = Path(build.__file__).parent
ELSEWHERE = {  # modules that are no part of a running Blender or engine, and why
    "ha2g_engine.cli.__main__": "a program: it runs when it is imported",
    "gestures.headless.in_blender": "a program: it runs when it is imported",
}


def test_the_zip_holds_the_add_on_the_engine_and_the_mappings():
    files = build.packaged_files()
    for name in ("__init__.py", "blender_manifest.toml", "pyproject.toml", "LICENSE"):
        assert name in files
    assert "ha2g_engine/body/skeleton.json" in files
    assert "rigs/rocketbox.toml" in files and "ha2g_engine/worker.py" in files
    unwanted = [n for n in files if "__pycache__" in n or n.endswith((".fbx", ".pyc", ".flac"))]
    assert unwanted == []


EXTRAS = {"optional-dependencies": {"blender": [], "dev": []}}


def miniature(root):
    for name in ("blender_addon", "ha2g_engine", "rigs"):
        (root / name).mkdir()
    for name in ("LICENSE", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    shutil.copy(ROOT / "blender_addon/blender_manifest.toml", root / "blender_addon")
    (root / "blender_addon/__init__.py").write_text("def register(): ...\n")
    return root


def test_nothing_compiled_gets_into_the_zip(tmp_path):
    root = miniature(tmp_path)
    (root / "ha2g_engine/fast.so").write_bytes(b"\x7fELF")
    with pytest.raises(build.BuildError, match=r"fast\.so"):
        build.packaged_files(root)


def test_the_same_files_give_the_same_zip(tmp_path):
    root = miniature(tmp_path)
    build.write_zip(tmp_path / "a.zip", build.packaged_files(root))
    os.utime(root / "blender_addon/__init__.py", (1, 1))
    (root / "blender_addon/__init__.py").chmod(0o600)
    build.write_zip(tmp_path / "b.zip", build.packaged_files(root))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None


def test_blenders_own_tool_judges_the_zip(tmp_path):
    root = miniature(tmp_path)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    build.write_zip(good, build.packaged_files())
    assert build.validate(good) == "valid by Blender's own tool"
    manifest = root / "blender_addon/blender_manifest.toml"
    manifest.write_text(manifest.read_text().replace('version = "', 'version = "one.'))
    build.write_zip(bad, build.packaged_files(root))
    with pytest.raises(build.BuildError, match="refuses"):
        build.validate(bad)


def nowhere(monkeypatch, tmp_path, blender=None):
    """A machine without a .venv, and with the BLENDER given."""
    monkeypatch.setattr(build, "VENV", tmp_path / "no .venv")
    monkeypatch.setattr(build.shutil, "which", lambda name: blender)
    monkeypatch.setattr(build, "setup", lambda **_: pytest.fail("set up an environment"))


def test_a_zip_needs_no_environment(tmp_path, monkeypatch, capsys):
    nowhere(monkeypatch, tmp_path)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "packaged_files", lambda: {"a.txt": Path(__file__)})
    monkeypatch.setattr(build, "manifest_version", lambda: "9.9.9")
    monkeypatch.setattr(build, "project", lambda: {"dependencies": [], **EXTRAS})
    assert build.main(["package"]) == 0
    assert zipfile.ZipFile(tmp_path / "dist/gestures-9.9.9.zip").namelist() == ["a.txt"]
    assert "not looked at by Blender's own tool" in capsys.readouterr().out


def test_an_installed_blender_judges_the_zip_where_there_is_no_environment(tmp_path, monkeypatch):
    nowhere(monkeypatch, tmp_path, "/opt/blender")
    assert build.validator() == ("/opt/blender", "--command", "extension", "validate")


# --- all of it runs --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The zip's content in a folder named as Blender names it."""
    folder = tmp_path_factory.mktemp("extensions") / "gestures"
    build.write_zip(folder.with_suffix(".zip"), build.packaged_files())
    with zipfile.ZipFile(folder.with_suffix(".zip")) as archive:
        archive.extractall(folder)
    return folder


def without(*names):
    """Modules installed here that come neither with the packages NAMES nor with what they need."""
    todo, found = list(names), set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found and any(metadata.distributions(name=name)):
            found.add(name)
            needed = map(Requirement, metadata.requires(name) or ())
            todo += [r.name for r in needed if not r.marker or r.marker.evaluate({"extra": ""})]
    return [
        module
        for module, packages in metadata.packages_distributions().items()
        if not found & {canonicalize_name(package) for package in packages}
    ]


def in_zip(place, code, *arguments, hidden=(), timeout=120):
    """CODE run by a Python that sees PLACE, and of the installed packages all but HIDDEN.

    Without `site`, so that nothing leads to the repository.
    """
    code = f"import sys\nsys.modules |= dict.fromkeys({list(hidden)!r})\n{code}"
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *map(str, arguments)],
        cwd=place.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(place), *libraries])},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


IMPORTED = """
import importlib, json, os
failed = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)
print(json.dumps(failed))
sys.stdout.flush()
os._exit(0)
"""


def modules(folder, prefix=""):
    """Names of the modules below FOLDER, without those of ELSEWHERE."""
    parts = [path.relative_to(folder).with_suffix("").parts for path in folder.rglob("*.py")]
    names = {".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts}
    return sorted({f"{prefix}.{name}".strip(".") for name in names} - set(ELSEWHERE))


def engine_packages():
    project = build.project()
    return [project["name"], *(Requirement(line).name for line in project["dependencies"])]


def test_every_module_of_the_engine_is_imported_from_the_zip_alone(installed):
    """With the packages that Set Up the Engine installs, and no other."""
    names = modules(installed / "ha2g_engine", "ha2g_engine")
    assert len(names) > 100
    answer = in_zip(installed, IMPORTED, *names, hidden=without(*engine_packages()))
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout.splitlines()[-1]) == {}


def test_every_module_of_the_add_on_is_imported_from_the_zip_alone(installed):
    """With what a Blender has."""
    names = modules(installed, installed.name)
    names = [name for name in names if not name.startswith("gestures.ha2g_engine")]
    assert len(names) > 100
    answer = in_zip(installed.parent, IMPORTED, *names, hidden=without("bpy"))
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout.splitlines()[-1]) == {}


HELP = """
import typer
from ha2g_engine.cli.main import app, main
def told(command, path):
    assert main([*path, "--help"]) == 0, path
    print("told", *path)
    for name, below in getattr(command, "commands", {}).items():
        told(below, [*path, name])
told(typer.main.get_command(app), [])
"""


def test_every_command_of_the_engine_explains_itself_from_the_zip_alone(installed):
    answer = in_zip(installed, HELP, hidden=without(*engine_packages()))
    assert answer.returncode == 0, answer.stderr
    told = [line for line in answer.stdout.splitlines() if line.startswith("told")]
    assert {"told animate", "told data convert bvh", "told study score"} <= set(told)


@pytest.fixture
def short_speech(tmp_path):
    sound, rate = soundfile.read(build.DEMO_SPEECH)
    path = tmp_path / "short.wav"
    soundfile.write(path, sound[: 2 * rate], rate)
    return path


@pytest.mark.slow
def test_a_character_is_animated_from_the_zip_alone(installed, short_speech, tmp_path):
    """By the engine's command, and by the add-on's script for an installed Blender."""
    code = "from ha2g_engine.cli.main import main\nsys.exit(main(sys.argv[1:]))"
    given = [short_speech, "--rig", build.DEMO_RIG]
    out, motion = tmp_path / "one.fbx", tmp_path / "motion.npz"
    answer = in_zip(installed, code, "animate", *given, "--out", out)
    assert answer.returncode == 0 and out.stat().st_size > 100_000, answer.stderr
    assert in_zip(installed, code, "generate", short_speech, "--out", motion).returncode == 0
    script, out = installed / "headless/in_blender.py", tmp_path / "two.fbx"
    given = ["--motion", motion, "--rig", build.DEMO_RIG, "--out", out]
    answer = subprocess.run(
        [sys.executable, script, "--", *given], cwd=tmp_path, capture_output=True, timeout=120
    )
    assert answer.returncode == 0 and out.stat().st_size > 100_000, answer.stderr
