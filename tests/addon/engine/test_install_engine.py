# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the engine: a real virtual environment, with a tiny package in place of torch."""

import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import bpy
import pytest
from packaging.requirements import Requirement

from blender_addon.engine import install, pythons, recipe, supervised
from blender_addon.engine.install import EngineSetup
from blender_addon.engine.recipe import Source, Step
from blender_addon.engine.supervised import Said
from blender_addon.errors import GestureError
from blender_addon.paths import ENGINE_DIR

ROOT = ENGINE_DIR.parent
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def tiny_wheel(tmp_path):
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": "",
        "tiny-1.0.dist-info/METADATA": METADATA,
        "tiny-1.0.dist-info/WHEEL": WHEEL,
        "tiny-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def set_up(folder, requirements, **source):
    """The set-up of a folder with whatever fits requirements, as where there is no lock file."""
    given = recipe.plain(sys.executable, folder, requirements, Source(**source))
    return EngineSetup(given, "complete")


def finished(setup, seconds=90):
    end = time.monotonic() + seconds
    while setup.outcome is None:
        assert time.monotonic() < end, setup.message
        time.sleep(0.05)
    return setup.outcome


@pytest.fixture
def does(monkeypatch):
    """Let a set-up run one Python program and nothing else."""

    def program(code):
        command = (sys.executable, "-c", code)
        monkeypatch.setattr(recipe, "_plain_steps", lambda *_: (Step("Trying", command),))

    return program


@pytest.fixture
def built(tmp_path, addon, monkeypatch):
    """The folder of a finished set-up."""
    monkeypatch.delenv("HA2G_PYTHON", raising=False)
    monkeypatch.setattr(addon.engine.process, "ENGINE_DIR", tmp_path / "ha2g_engine")
    monkeypatch.setattr(addon.engine.process, "setup_folder", lambda: tmp_path / "venv")
    python = addon.engine.process.venv_python(tmp_path / "venv")
    python.parent.mkdir(parents=True)
    python.write_text("the old one")
    (tmp_path / "venv" / addon.engine.process.BUILT_MARKER).touch()
    return tmp_path / "venv"


def is_the_old_one(addon):
    return addon.engine.process.python_path().read_text() == "the old one"


def test_it_builds_an_environment_with_the_packages(tmp_path, tiny_wheel, monkeypatch, addon):
    monkeypatch.setattr(recipe, "IMPORT_CHECK", "import tiny")
    folder = tmp_path / "venv"
    setup = set_up(folder, ["--no-index", str(tiny_wheel)])
    assert finished(setup) == ""
    assert (folder / "complete").is_file()
    python = addon.engine.process.venv_python(folder)
    assert subprocess.run([python, "-c", "import tiny"], check=False).returncode == 0


@pytest.mark.once
def test_another_place_for_pytorch_may_be_out_of_reach(tmp_path, tiny_wheel, monkeypatch):
    monkeypatch.setattr(recipe, "IMPORT_CHECK", "import tiny")
    monkeypatch.setattr(recipe, "TORCH", "tiny")
    arguments = ["--no-index", "--find-links", str(tiny_wheel.parent)]
    setup = set_up(
        tmp_path / "venv",
        ["tiny>=1"],
        arguments=arguments,
        torch_index=(tmp_path / "nowhere").as_uri(),
    )
    assert finished(setup) == ""
    assert (tmp_path / "venv" / "complete").read_text() == "tiny>=1"


def test_pytorch_from_another_place_is_the_one_the_engine_asks_for(tmp_path):
    asked = recipe.requirements_of(ENGINE_DIR)
    index = Source(torch_index="https://x.org")
    _, torch, packages, _ = recipe.plain("python", tmp_path, asked, index).steps
    wanted = [one for one in asked if one.startswith("torch")]
    assert [one.split(";")[1].strip() for one in wanted] == [
        "sys_platform == 'win32'",
        "sys_platform != 'win32'",
    ]
    assert list(torch.command[-2:]) == wanted
    assert list(packages.command[-len(asked) :]) == list(asked)


@pytest.mark.once
def test_a_marker_for_another_system_is_left_out(tmp_path, tiny_wheel, monkeypatch):
    monkeypatch.setattr(recipe, "IMPORT_CHECK", "import tiny")
    asked = ["tiny>=1; sys_platform != 'nothing'", "tiny>=9; sys_platform == 'nothing'"]
    arguments = ["--no-index", "--find-links", str(tiny_wheel.parent)]
    folder = tmp_path / "venv"
    setup = set_up(folder, asked, arguments=arguments)
    assert finished(setup) == ""


@pytest.mark.once
def test_what_fails_is_said_and_removed(tmp_path):
    folder = tmp_path / "venv"
    setup = set_up(folder, ["--no-index", "no-such-package"])
    assert "no-such-package" in finished(setup)
    assert not folder.exists()


def test_cancelling_removes_what_was_built(tmp_path):
    folder = tmp_path / "venv"
    setup = set_up(folder, ["--no-index", "x"])
    while not folder.exists():
        time.sleep(0.01)
    setup.cancel()
    assert "Cancelled" in finished(setup, 10)
    assert not folder.exists()


# --- other Blenders, other programs ------------------------------------------------------


def test_of_two_set_ups_of_one_folder_the_second_says_so(tmp_path, built, does):
    does("import time; time.sleep(60)")
    first = set_up(built, [])
    while first._process is None:
        time.sleep(0.01)
    other = (
        "import sys; from pathlib import Path; from blender_addon.engine import supervised\n"
        f"with supervised.alone(Path({str(built)!r})): pass"
    )
    run = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, cwd=ROOT)
    assert "Another Blender is setting up the engine in" in run.stderr
    second = set_up(built, [])
    assert "Another Blender" in finished(second, 10)
    first.cancel()
    finished(first, 10)
    assert subprocess.run([sys.executable, "-c", other], cwd=ROOT).returncode == 0


def test_what_a_set_up_runs_ends_with_it_grandchildren_too(tmp_path):
    sleeper = "import os, time; open({!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    inner = [sys.executable, "-c", sleeper.format(str(tmp_path / "inner"))]
    outer = f"import subprocess; subprocess.run({inner!r})"
    blender = (
        "import sys, time; from blender_addon.engine import supervised\n"
        f"supervised.started(sys.executable, [sys.executable, '-c', {outer!r}]); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", blender], cwd=ROOT) as dies:
        while not (tmp_path / "inner").is_file() or not (tmp_path / "inner").read_text():
            time.sleep(0.02)
        dies.kill()
    pid, end = int((tmp_path / "inner").read_text()), time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid):
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("does_what", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"ended from outside \(signal 9\), perhaps because"),
        (
            "print('OSError: [Errno 28] No space left on device'); raise SystemExit(1)",
            "disk is full",
        ),
    ],
)
def test_the_cause_is_named(tmp_path, does, does_what, said):
    does(does_what)
    outcome = finished(set_up(tmp_path / "venv", []), 10)
    assert re.search(said, outcome) and outcome.endswith(".")


def test_the_users_own_python_settings_do_not_reach_the_set_up(tmp_path, does, monkeypatch):
    mine = {"PIP_TARGET": "/else", "PYTHONPATH": "/x", "PYTHONHOME": "/y"}
    monkeypatch.setattr(supervised.os, "environ", os.environ | mine)
    does("import os; print(*os.environ); raise SystemExit(1)")
    told = finished(set_up(tmp_path / "venv", []), 10).split()
    assert "PATH" in told and not mine.keys() & set(told)


def test_a_python_without_venv_is_named(monkeypatch):
    monkeypatch.setattr(pythons, "_says", lambda python, code: "ensurepip" not in code)
    with pytest.raises(GestureError, match=r"cannot make virtual environments.*python3-venv"):
        pythons.find_python()


# --- whatever happens, there is an end and the engine that was there ---------------------


def test_words_that_are_no_utf_8_do_no_harm(tmp_path, does):
    does(r"import sys; sys.stdout.buffer.write(b'C:\\M\xfcller is full\n'); sys.exit(1)")
    outcome = finished(set_up(tmp_path / "venv", []), 10)
    assert outcome.endswith("ller is full.")


def test_whatever_breaks_is_a_sentence(tmp_path, monkeypatch):
    def broken(python, command, more):
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(supervised, "started", broken)
    outcome = finished(set_up(tmp_path / "venv", []), 10)
    assert "nobody thought of this" in outcome
    assert outcome.endswith(".")


def test_a_set_up_that_fails_keeps_the_engine_before_it(addon, built, does):
    does("raise SystemExit('no network')")
    setup = set_up(built, [])
    outcome = finished(setup, 10)
    assert "no network" in outcome
    assert outcome.endswith("is kept.")
    assert is_the_old_one(addon)
    assert sorted(path.name for path in built.parent.iterdir()) == ["venv", "venv.lock"]


def test_a_set_up_that_is_cancelled_keeps_the_engine_before_it(addon, built, does):
    does("import time; print('here', flush=True); time.sleep(60)")
    setup = set_up(built, [])
    while setup.message != "here":
        time.sleep(0.01)
    assert addon.engine.process.python_path() is None  # nobody starts what is about to be replaced
    setup.cancel()
    assert finished(setup, 10) == "Cancelled: nothing was changed."
    assert is_the_old_one(addon)
    assert sorted(path.name for path in built.parent.iterdir()) == ["venv", "venv.lock"]


def test_a_set_up_that_succeeds_replaces_the_engine_before_it(addon, built, does):
    does(f"import pathlib; pathlib.Path({str(built)!r}).mkdir()")
    setup = set_up(built, ["tiny"])
    assert finished(setup, 10) == ""
    assert sorted(path.name for path in built.parent.iterdir()) == ["venv", "venv.lock"]
    assert [path.name for path in built.iterdir()] == [addon.engine.process.BUILT_MARKER]


def test_the_engine_before_is_found_when_blender_died_meanwhile(addon, built, does):
    built.rename(install.aside(built))
    built.mkdir()  # half of a new one
    assert is_the_old_one(addon)
    does("raise SystemExit('no network')")
    setup = set_up(built, [])
    assert finished(setup, 10).endswith("is kept.")
    assert addon.engine.process.python_path() == addon.engine.process.venv_python(built)
    assert is_the_old_one(addon)


# --- what pip says, and what to do --------------------------------------------------------


@pytest.mark.once
def test_a_network_out_of_reach_is_named(tmp_path):
    arguments = ["--index-url", "http://127.0.0.1:9/simple", "--retries", "1", "--isolated"]
    folder = tmp_path / "venv"
    setup = set_up(folder, ["no-such"], arguments=arguments)
    outcome = finished(setup)
    assert "pip cannot reach the network" in outcome
    assert "--proxy" in outcome
    assert "Retrying" in outcome


def test_a_network_that_came_back_is_not_blamed():
    said = Said()
    said.take_in("WARNING: Retrying (Retry(total=0)) after connection broken by 'x'")
    said.take_in("Collecting tiny")
    said.take_in("ERROR: Could not build it")
    assert not said.fault


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 2] No such file or directory: 'C:\\\\" + "deep\\\\" * 50 + "LICENSE'",
        "[WinError 206] The filename or extension is too long: 'LICENSE'",
        "HINT: This error might have occurred since Windows Long Path support is not enabled.",
    ],
)
def test_a_path_too_long_for_windows_is_named(line):
    said = Said()
    said.take_in(line)
    assert "260 characters" in said.fault


def test_a_file_that_is_missing_is_no_path_too_long():
    said = Said()
    said.take_in("ERROR: [Errno 2] No such file or directory: '/tmp/tiny.whl'")
    assert not said.fault


def test_backslashes_are_kept_on_windows_alone(monkeypatch):
    text = r'--find-links "C:\my wheels" --cert C:\a\b.pem'
    monkeypatch.setattr(sys, "platform", "win32")
    kept = ["--find-links", r"C:\my wheels", "--cert", r"C:\a\b.pem"]
    assert recipe.arguments_in(text) == kept
    monkeypatch.setattr(sys, "platform", "linux")
    assert recipe.arguments_in(r"--cert /a\ b.pem") == ["--cert", "/a b.pem"]
    with pytest.raises(GestureError, match="cannot be read"):
        recipe.arguments_in("--cert 'a")


# --- the operator and the panel ------------------------------------------------------------


class FakeSetup:
    """A set-up that ends when a test says so."""

    fraction, told, outcome, cancelled = 0.0, "Working", None, False

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def setting_up(addon, monkeypatch):
    """The operator's work, as a window would begin it, and the set-up under way."""
    fake, operators = FakeSetup(), addon.operators.setup
    monkeypatch.setattr(operators, "EngineSetup", lambda *_, **__: fake)
    operator = operators.SetsUp()
    operator.start(bpy.context)
    yield operator, fake
    addon.engine.installation.stop()


def test_closing_its_window_does_not_end_a_set_up(addon, setting_up):
    operator, fake = setting_up
    installation = addon.engine.installation
    operator.cancel(bpy.context)
    assert not fake.cancelled
    assert installation.running() is fake
    assert installation.look() == installation.TICK
    fake.outcome = "Setting up the engine failed."
    assert installation.look() is None
    assert installation.running() is None
    assert installation.problem() == "Setting up the engine failed."


def test_opening_a_file_does_not_end_a_set_up(addon, setting_up):
    _, fake = setting_up
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    assert bpy.app.timers.is_registered(addon.engine.installation.look)
    assert addon.engine.installation.running() is fake
    assert not fake.cancelled


def test_disabling_the_add_on_ends_a_set_up(addon, setting_up):
    addon.engine.installation.stop()
    assert setting_up[1].cancelled
    assert addon.engine.installation.running() is None


def test_a_set_up_ends_what_the_engine_is_doing(fake_engine, speech_named, monkeypatch):
    params = {"speech": str(speech_named("slow")), "style": None, "seed": 1, "image": None}
    job = fake_engine.engine.jobs.start("generate", params, "Starting")
    monkeypatch.setattr(fake_engine.operators.setup, "EngineSetup", lambda *_, **__: FakeSetup())
    fake_engine.operators.setup.SetsUp().start(bpy.context)
    assert job.outcome.kind == "cancelled"
    assert fake_engine.engine.jobs.current() is None
    fake_engine.engine.installation.stop()


class Layout:
    """Remembers the operators and the labels that a panel draws."""

    def __init__(self):
        self.buttons, self.texts = [], []

    def row(self, **_):
        return self

    column = box = row

    def prop(self, owner, name, text="", **_):
        self.texts.append(text)

    def label(self, text="", **_):
        self.texts.append(text)

    def progress(self, text="", **_):
        self.texts.append(text)

    def operator(self, name, **_):
        if not name.startswith(("gestures.model_", "wm.")):
            self.buttons.append(name.removeprefix("gestures."))
        return self


def drawn(addon, **how):
    layout = Layout()
    addon.panels.engine.draw_engine(layout, **how)
    if how.get("setup"):  # as in the preferences
        addon.panels.models.draw_models(layout)
        addon.panels.full_engine.draw_full_engine(layout)
    return layout.buttons, " ".join(layout.texts)


def test_a_dead_engine_can_be_set_up_anew_from_the_preferences(fake_engine, monkeypatch):
    monkeypatch.setattr(fake_engine.engine.process, "death", lambda: "It died.")
    assert drawn(fake_engine)[0] == ["engine_restart", "copy_report"]
    assert drawn(fake_engine, setup=True)[0] == ["engine_restart", "copy_report", "engine_setup"]


def test_a_report_can_be_copied_whatever_the_engine_does(fake_engine, monkeypatch):
    assert drawn(fake_engine)[0] == ["engine_start", "copy_report"]
    fake_engine.engine.process.client()
    assert drawn(fake_engine)[0] == ["copy_report"]
    assert drawn(fake_engine, setup=True)[0] == ["copy_report", "engine_setup"]
    monkeypatch.setattr(fake_engine.engine.process, "running_python", lambda: None)
    assert drawn(fake_engine)[0] == ["copy_report", "engine_setup"]


def test_the_panel_says_how_the_last_set_up_failed(addon, setting_up):
    _, fake = setting_up
    assert drawn(addon) == (["engine_setup_cancel"], "Working")
    fake.outcome = "Setting up the engine failed."
    addon.engine.installation.look()
    assert "Setting up the engine failed." in drawn(addon, setup=True)[1]


def test_an_update_that_needs_other_packages_is_told(addon, built, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["torch>=2.6"]')
    marker = built / addon.engine.process.BUILT_MARKER
    marker.write_text("torch>=2.6")
    assert not addon.engine.process.why_outdated()
    marker.write_text("torch>=2.4")
    buttons, texts = drawn(addon)
    assert "set up the engine anew" in texts
    assert "engine_setup" in buttons


def test_a_found_python_suits():
    python = pythons.find_python()
    version = subprocess.run([python, "-V"], capture_output=True, text=True).stdout
    assert (3, 11) <= tuple(int(n) for n in version.split()[1].split(".")[:2]) <= (3, 13)


def test_the_packages_are_those_of_the_project():
    names = [line.split(">")[0] for line in recipe.requirements_of(ENGINE_DIR)]
    assert {"torch", "librosa", "soundfile", "safetensors"} <= set(names)


@pytest.mark.parametrize(("platform", "newest"), [("win32", False), ("linux", True)])
def test_windows_gets_a_pytorch_whose_paths_fit(platform, newest):
    asked = map(Requirement, recipe.requirements_of(ENGINE_DIR))
    system = {"sys_platform": platform}
    (torch,) = [r for r in asked if r.name == "torch" and r.marker.evaluate(system)]
    assert torch.specifier.contains("2.13.0") is newest
    assert not torch.specifier.contains("2.5.1")  # has no torch.serialization.safe_globals


def test_an_engine_in_use_stays_where_it_is(addon, built, monkeypatch):
    def refused(folder, name):
        raise PermissionError("in use by another process")

    monkeypatch.setattr(type(built), "rename", refused)
    monkeypatch.setattr(install, "RELEASE", 0.2)
    setup = set_up(built, [])
    outcome = finished(setup, 10)
    assert "is in use" in outcome
    assert outcome.endswith("is kept.")
    assert is_the_old_one(addon)


def test_without_online_access_the_button_is_off(addon):
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Allow online access"):
        bpy.ops.gestures.engine_setup()


def test_a_set_up_that_was_not_finished_is_not_used(addon, monkeypatch, tmp_path):
    monkeypatch.delenv("HA2G_PYTHON", raising=False)
    monkeypatch.setattr(addon.engine.process, "ENGINE_DIR", tmp_path / "ha2g_engine")
    monkeypatch.setattr(addon.engine.process, "setup_folder", lambda: tmp_path / "venv")
    python = addon.engine.process.venv_python(tmp_path / "venv")
    python.parent.mkdir(parents=True)
    python.touch()
    assert addon.engine.process.python_path() is None
    assert addon.engine.process.is_light()
    (tmp_path / "venv" / addon.engine.process.BUILT_MARKER).touch()
    assert addon.engine.process.python_path() == python
    assert not addon.engine.process.is_light()


def test_the_environment_variable_comes_before_what_is_found(addon, monkeypatch):
    monkeypatch.setenv("HA2G_PYTHON", sys.executable)
    assert str(addon.engine.process.python_path()) == sys.executable
    addon.engine.preferences.get().engine_python = "/chosen/python"
    assert str(addon.engine.process.python_path()) == "/chosen/python"


def test_an_engine_that_changed_its_device_says_so(fake_engine, speech_named):
    params = {"speech": str(speech_named("full")), "style": None, "seed": 1, "image": None}
    jobs, process = fake_engine.engine.jobs, fake_engine.engine.process
    jobs.wait(jobs.start("generate", params, "Starting"))
    texts = drawn(fake_engine)[1]
    assert "The graphics card's memory is full." in texts
    assert "ready on the processor" in texts
    process.stop()
    assert not process.remark()
