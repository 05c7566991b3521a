# SPDX-License-Identifier: GPL-3.0-or-later
"""The house's rules: floors, circles, what each process may import, sizes.

ARCHITECTURE.md says why. Imports inside functions and for type checking count like any other:
they, too, say that one part knows of another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Each line a floor, bottom first. Parts of one floor do not know each other.
ADDON = (
    ("errors", "endings"),
    (
        "compat",
        "files",
        "checked",
        "known",
        "log",
        "paths",
        "places",
        "redraw",
        "references",
        "signals",
        "steps",
        "touched",
    ),
    ("body",),
    ("bones", "engine"),
    ("retarget",),
    ("motion",),
    ("keys",),
    ("rig", "speech"),
    ("export",),
    ("properties",),
    ("takes",),
    ("strokes",),
    ("report",),
    ("operators", "overlay", "headless"),
    ("panels",),
    ("__init__",),
)
ENGINE = (
    ("__init__", "errors"),
    ("files", "paths", "settings", "protocol", "distributed", "log", "series"),
    ("decoder",),
    ("body",),
    ("speech",),
    ("gestures",),
    ("image", "metrics", "losses"),
    ("pictures",),
    ("models",),
    ("checkpoints",),
    ("light",),
    ("synthesis",),
    ("data",),
    ("training",),
    ("evaluation", "study", "bench"),
    ("serving",),
    ("animation", "worker", "light_worker", "doctor", "bundle"),
    ("cli",),
)
PACKAGES = {"blender_addon": ADDON, "ha2g_engine": ENGINE}
PURE = ("body", "bones", "retarget", "motion")  # of the add-on: no Blender in them
INFERENCE = (
    "worker",
    "synthesis",
    "checkpoints",
    "models",
    "gestures",
    "speech",
    "body",
    "animation",
)
BLENDER = {"bpy", "mathutils", "bmesh", "aud", "gpu", "blf", "bl_ext", "addon_utils"}
HEAVY = {"torch", "safetensors", "librosa", "scipy", "filelock", "numba", "soxr"}
MODULES_A_FOLDER, LINES_A_FILE, LINES_A_FUNCTION = 20, 400, 60


@lru_cache
def modules(package: str, root: Path = ROOT) -> dict[str, Path]:
    """Dotted name -> file of every module of PACKAGE."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@lru_cache
def imports(package: str, root: Path = ROOT) -> dict[str, frozenset[str]]:
    """Module -> what it imports: modules of PACKAGE by their whole names, others by the first."""
    known = modules(package, root)
    return {name: frozenset(_imported(name, path, known)) for name, path in known.items()}


def _imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name if alias.name in known else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module or ""]).strip(".") if node.level else node.module
            assert base is not None
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in known else base if base in known else base.split(".")[0]


def part(name: str) -> str:
    """The first part of a module's name below its package: a folder, or a module of the root."""
    return [*name.split("."), "__init__"][1]


def floors(package: str) -> dict[str, int]:
    return {one: n for n, floor in enumerate(PACKAGES[package]) for one in floor}


def upward(package: str, root: Path = ROOT) -> list[str]:
    """Imports from a higher floor, or from another part of the same one."""
    level = floors(package)
    found = []
    for name, targets in imports(package, root).items():
        for target in sorted(targets & set(modules(package, root))):
            here, there = part(name), part(target)
            if here != there and level[there] >= level[here]:
                found.append(f"{name} imports {target}")
    return found


def circles(package: str, root: Path = ROOT) -> list[list[str]]:
    """Groups of modules that import each other, directly or by way of others (Tarjan, 1972)."""
    graph = {
        name: sorted(t for t in targets if t in modules(package, root) and t != name)
        for name, targets in imports(package, root).items()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            group = [stack.pop()]
            while group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def reached(package: str, start: tuple[str, ...], root: Path = ROOT) -> set[str]:
    """Every module that the parts START import, directly or by way of others."""
    graph = imports(package, root)
    todo = [name for name in graph if part(name) in start]
    seen = set(todo)
    while todo:
        for target in graph.get(todo.pop(), ()):
            if target in graph and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def foreign(package: str, banned: set[str], parts: tuple[str, ...] = (), root: Path = ROOT):
    """Modules of PACKAGE (of PARTS alone, if any) that import something BANNED."""
    return [
        f"{name} imports {', '.join(sorted(targets & banned))}"
        for name, targets in imports(package, root).items()
        if targets & banned and (not parts or part(name) in parts)
    ]


def heavy(start: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Modules that the parts START of the engine reach and that import what Blender has not."""
    graph = imports("ha2g_engine", root)
    found = {name: graph[name] & HEAVY for name in reached("ha2g_engine", start, root)}
    return [f"{name} imports {', '.join(sorted(bad))}" for name, bad in found.items() if bad]


def without_floor(package: str, root: Path = ROOT) -> set[str]:
    """Parts that stand on no floor."""
    return {part(name) for name in modules(package, root)} - {"__init__"} - set(floors(package))


def overfull(package: str, root: Path = ROOT) -> dict[str, int]:
    """Folder -> how many modules it has, where these are more than MODULES_A_FOLDER."""
    folders: dict[str, int] = {}
    for path in modules(package, root).values():
        where = str(path.parent)
        folders[where] = folders.get(where, 0) + (path.name != "__init__.py")
    return {where: count for where, count in folders.items() if count > MODULES_A_FOLDER}


def long_files(package: str, root: Path = ROOT) -> dict[str, int]:
    """Module -> its lines, where these are more than LINES_A_FILE."""
    found = modules(package, root).items()
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in found}
    return {name: lines for name, lines in lengths.items() if lines > LINES_A_FILE}


def long_functions(package: str, root: Path = ROOT) -> dict[str, int]:
    """Function -> its lines, where these are more than LINES_A_FUNCTION."""
    found = {}
    for name, path in modules(package, root).items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{name}.{node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    return {name: lines for name, lines in found.items() if lines > LINES_A_FUNCTION}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_part_has_its_floor(package):
    assert not without_floor(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_document_tells_of_every_folder(package):
    folders = [
        one for floor in PACKAGES[package] for one in floor if (ROOT / package / one).is_dir()
    ]
    told = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert folders
    assert not [one for one in folders if f"`{one}/" not in told]


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_is_imported_from_a_higher_floor(package):
    assert not upward(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_no_circle(package):
    assert not circles(package)


def test_the_add_on_knows_no_torch_and_no_engine():
    assert not foreign("blender_addon", {"torch", "ha2g_engine", "librosa", "soundfile", "scipy"})


def test_blender_stays_out_of_the_pure_packages():
    assert not foreign("blender_addon", BLENDER, PURE)


def test_the_engine_knows_no_blender():
    assert not foreign("ha2g_engine", BLENDER | {"blender_addon"})


def test_the_light_engine_needs_numpy_alone():
    assert not heavy(("light_worker", "light"))


def test_inference_needs_no_data():
    assert not [name for name in reached("ha2g_engine", INFERENCE) if part(name) == "data"]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_has_more_modules_than_one_can_look_over(package):
    assert not overfull(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_too_long(package):
    assert not long_files(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_is_too_long(package):
    assert not long_functions(package)


@pytest.mark.parametrize("suite", ["addon", "engine"])
def test_no_two_tests_of_a_suite_have_one_name(suite):
    """Pytest imports them by their bare names and refuses the second."""
    names = [path.name for path in (ROOT / "tests" / suite).rglob("test_*.py")]
    assert names
    assert not [name for name in set(names) if names.count(name) > 1]


# --- the rules themselves: each is seen to fail --------------------------------------------


@pytest.fixture
def house(tmp_path, monkeypatch):
    """house(path=source, …) builds a package `blender_addon` or `ha2g_engine` of a few modules."""

    def build(**sources):
        for path, source in sources.items():
            file = tmp_path / (path.replace("__", "/") + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
        return tmp_path

    return build


def test_an_import_inside_a_function_from_above_is_found(house):
    root = house(
        blender_addon__keys__writing="def f():\n    from ..takes import record\n",
        blender_addon__takes__record="",
    )
    assert upward("blender_addon", root) == [
        "blender_addon.keys.writing imports blender_addon.takes.record"
    ]


def test_an_import_from_beside_is_found(house):
    root = house(
        blender_addon__overlay__timeline="from ..operators.bake import x\n",
        blender_addon__operators__bake="x = 1\n",
    )
    assert len(upward("blender_addon", root)) == 1


def test_a_circle_is_found(house):
    root = house(
        blender_addon__takes__a="from . import b\n",
        blender_addon__takes__b="def f():\n    from .a import x\n",
    )
    assert circles("blender_addon", root) == [["blender_addon.takes.a", "blender_addon.takes.b"]]


def test_what_a_process_may_not_import_is_found(house):
    root = house(
        blender_addon__takes__a="import torch.nn\n",
        blender_addon__body__b="def f():\n    import bpy\n",
        ha2g_engine__models__c="from bpy import types\n",
        ha2g_engine__worker="from ha2g_engine.speech import d\n",
        ha2g_engine__speech__d="from ha2g_engine.data import store\n",
        ha2g_engine__light_worker="from ha2g_engine.speech import heard\n",
        ha2g_engine__speech__heard="def f():\n    import librosa\n",
        ha2g_engine__data__store="",
    )
    assert heavy(("light_worker",), root) == ["ha2g_engine.speech.heard imports librosa"]
    assert foreign("blender_addon", {"torch"}, root=root)
    assert foreign("blender_addon", BLENDER, PURE, root=root)
    assert foreign("ha2g_engine", BLENDER, root=root)
    assert "ha2g_engine.data.store" in reached("ha2g_engine", INFERENCE, root)


def test_what_has_no_floor_or_is_too_long_is_found(house):
    root = house(
        blender_addon__attic__old="",
        blender_addon__takes__long="\n" * LINES_A_FILE + "x = 1\n",
        blender_addon__takes__slow="def f():\n" + "    x = 1\n" * LINES_A_FUNCTION,
        **{f"ha2g_engine__models__m{number}": "" for number in range(MODULES_A_FOLDER + 1)},
    )
    assert without_floor("blender_addon", root) == {"attic"}
    assert long_files("blender_addon", root) == {"blender_addon.takes.long": LINES_A_FILE + 1}
    assert list(long_functions("blender_addon", root)) == ["blender_addon.takes.slow.f"]
    assert list(overfull("ha2g_engine", root).values()) == [MODULES_A_FOLDER + 1]
