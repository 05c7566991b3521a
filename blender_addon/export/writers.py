# SPDX-License-Identifier: GPL-3.0-or-later
"""An animated character -> a file for other programs; the scene stays as it was.

One path for the panel's buttons and for the shell, so all write the same file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from ..errors import GestureError
from ..files import PART, blaming_the_disk, replacing, settle, sync, why
from ..keys import actions
from .recording import left_out
from .stand_in import Clip, stand_in
from .targets import SUFFIXES, Target, target_for

if TYPE_CHECKING:
    from bpy.types import Action, Object

    from .build import StandIn

FBX_SETTINGS: Final = {
    "use_selection": True,
    "object_types": {"ARMATURE", "MESH"},
    "add_leaf_bones": False,
    "bake_anim": True,
    "bake_anim_use_all_bones": True,
    "bake_anim_use_nla_strips": False,  # these two would each add animations of their own
    "bake_anim_use_all_actions": False,
    "bake_anim_force_startend_keying": True,
    "bake_anim_step": 1.0,
    "use_custom_props": False,
}
ADDONS: Final = {"fbx": "export_scene.fbx", "gltf": "export_scene.gltf", "bvh": "export_anim.bvh"}


def export(
    armature: Object,
    path: Path,
    *,
    first: int,
    last: int,
    meshes: bool = True,
    deform_only: bool = False,
    rate: float | None = None,
    preset: str = "",
    simplify: float = 0.0,
    clips: Sequence[Clip] = (),
) -> str:
    """Write ARMATURE and the MESHES it moves to PATH, animated on scene frames FIRST to LAST.

    The suffix of PATH chooses the format: one of SUFFIXES. deform_only: only bones that move a
    mesh. rate: poses a second, None for the scene's. preset: for whom an FBX file is meant, one
    of FBX_PRESETS. simplify: how much of an FBX file's keys may go, 0 for none. clips: what an
    FBX or glTF file has instead of what FIRST to LAST show, an animation each. The file appears
    whole or not at all; the one that was there stays otherwise.
    Returns what it lacks of what is seen with ARMATURE, in a sentence; "" if nothing.
    Raises GestureError for another suffix, an empty range, or when Blender cannot write it.
    """
    target = _target(path, preset)
    if last < first:
        raise GestureError(f"Cannot export frames {first} to {last}: the range is empty.")
    _need_exporter(target)
    action = actions.current_action(armature)
    meshes = meshes and target.format != "bvh"
    name = action.name if action else armature.name
    standing = stand_in(
        armature,
        target,
        clips or (Clip(name, (first, last)),),
        rate=rate,
        meshes=meshes,
        deform_only=deform_only,
    )
    # beside its place, not elsewhere: FBX names textures relative to its folder
    place = _with_textures if target.format == "usd" else replacing
    try:
        with place(path) as part, standing as made:
            WRITERS[target.format](part, target, made, simplify)
    except (RuntimeError, OSError) as error:
        raise GestureError(f"Blender could not write '{path}': {why(error)}.") from error
    return _lacking(left_out(armature) if meshes else [])


def _lacking(names: list[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        f"It is without {listed}: it holds only meshes that no other armature deforms. Convert "
        "what is missing to such a mesh."
    )


@contextmanager
def _with_textures(path: Path) -> Iterator[Path]:
    """Where to write; what else is written there (USD: a folder textures) comes along."""
    with tempfile.TemporaryDirectory(prefix=PART, dir=path.parent) as name:
        folder, part = Path(name), Path(name) / path.name
        with blaming_the_disk(part):
            yield part
        beside = [one for one in folder.rglob("*") if one.is_file() and one != part]
        settle(part)
        for file in beside:
            sync(file)
        for file in (*beside, part):  # the file itself last: it names the others
            new = path.parent / file.relative_to(folder)
            new.parent.mkdir(exist_ok=True)
            file.replace(new)


def _target(path: Path, preset: str) -> Target:
    target = target_for(path.suffix.lower(), preset)
    if target is None:
        known = ", ".join(SUFFIXES)
        raise GestureError(f"Cannot export '{path.name}': choose a name ending in {known}.")
    return target


def _need_exporter(target: Target) -> None:
    """Raise GestureError when the add-on that writes the format is switched off."""
    name = ADDONS.get(target.format, "wm.usd_export")
    group, operator = name.split(".")
    if operator not in dir(getattr(bpy.ops, group)):
        what = target.format.upper()
        raise GestureError(f"Enable the add-on '{what} format' in Blender's preferences first.")


# --- formats --------------------------------------------------------------------------


def _fbx(path: Path, target: Target, made: StandIn, simplify: float) -> None:
    """Each clip from time 0, or one on the scene's range; the frame before shows the rest pose."""
    scene = bpy.context.scene
    assert scene is not None
    scene.frame_set(made.first - 1)
    write: Any = bpy.ops.export_scene.fbx
    scale = "FBX_SCALE_ALL" if target.applied and target.units == 1.0 else "FBX_SCALE_NONE"
    axes = {"axis_forward": target.forward, "axis_up": target.up}
    settings = FBX_SETTINGS | axes | {"bake_anim_simplify_factor": simplify}
    if len(made.clips) > 1:
        settings["bake_anim_use_nla_strips"] = True  # there are none but these in what is selected
        _lay_strips(made)
        scene.frame_set(made.first - 1)
    write(filepath=str(path), apply_scale_options=scale, **settings)


def _lay_strips(made: StandIn, *, apart: bool = False) -> None:
    """Let the stand-in play its clips as strips, before which it is at rest.

    apart: a track of its name for each clip, and faces, too; else all bodies on one track.
    """
    owners: list[Any] = [made.objects[0]]
    if apart:
        owners += [mesh.data.shape_keys for mesh in made.objects[1:] if mesh.data.shape_keys]  # type: ignore[union-attr]
    for owner in owners:
        action = actions.current_action(owner)
        if action is None:
            continue
        slot = compat.slot_for(action, owner)
        compat.assign_action(owner, None)
        tracks: Any = owner.animation_data.nla_tracks
        for at, (name, first, last) in enumerate(made.clips):
            track = tracks.new() if apart or at == 0 else tracks[0]
            track.name = name
            _lay(track, action, slot, name, (first, last))


def _lay(track: Any, action: Action, slot: Any, name: str, span: tuple[int, int]) -> None:
    """A strip NAME on TRACK that plays the frames SPAN of ACTION where they are."""
    strip: Any = track.strips.new(name, span[0], action)
    strip.name, strip.extrapolation = name, "NOTHING"
    strip.action_frame_start, strip.action_frame_end = span
    strip.frame_start, strip.frame_end = span
    if slot is not None:
        strip.action_slot = slot


def _gltf(path: Path, target: Target, made: StandIn, _simplify: float) -> None:
    several = len(made.clips) > 1
    if several:
        _lay_strips(made, apart=True)
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLB",
        use_selection=True,
        use_active_scene=True,
        export_animation_mode="NLA_TRACKS" if several else "SCENE",
        export_anim_slide_to_zero=several,
        export_morph_reset_sk_data=False,  # shapes that stay have no keys
        export_force_sampling=True,
        export_frame_range=not several,
        export_optimize_animation_size=False,
        export_anim_single_armature=True,
        export_anim_scene_split_object=False,  # one animation, faces and all
    )


def _bvh(path: Path, target: Target, made: StandIn, _simplify: float) -> None:
    bpy.ops.export_anim.bvh(
        filepath=str(path),
        frame_start=made.first,
        frame_end=made.last,
        rotate_mode="NATIVE",
        root_transform_only=not made.travels,
    )


def _usd(path: Path, target: Target, made: StandIn, _simplify: float) -> None:
    bpy.ops.wm.usd_export(
        filepath=str(path),
        selected_objects_only=True,
        export_animation=True,
        export_armatures=True,
    )


WRITERS: Final[dict[str, Callable[[Path, Target, StandIn, float], None]]] = {
    "fbx": _fbx,
    "gltf": _gltf,
    "bvh": _bvh,
    "usd": _usd,
}
