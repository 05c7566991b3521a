# SPDX-License-Identifier: GPL-3.0-or-later
"""The one writer of takes: a request and the engine's answer -> an action on its own NLA track.

The panel, the batch, the gallery and the shell (headless) all write by it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy
import numpy as np

from .. import references, touched
from ..engine import process
from ..engine.client import Result
from ..errors import GestureError
from ..keys import actions, intensity, restoring, spacing
from ..keys import writing as keying
from ..motion import layers, mirroring, mode, plan
from ..motion.words import Manner
from ..properties import character, generate
from ..rig import held, reading, status
from ..speech import strips
from ..steps import exhausted, scaled
from . import arms_to_fk, collection, files, gaze, nla, posing, record, shown, stored, style
from .record import Record, Regenerated
from .request import SHARED, TakeRequest

if TYPE_CHECKING:
    from bpy.types import Action, Object, Scene
    from numpy.typing import NDArray

    from ..keys.protection import Protection
    from ..motion.mode import Gaze
    from ..motion.plan import KeptPlan
    from ..retarget.solve import PoseTrack

MOSTLY: Final = 0.5  # of what sounds: beyond it what is no voice is worth a word
USUAL_END: Final = 250  # frame that Blender's new scenes end with


Then: TypeAlias = "Callable[[Action], None]"


def _nothing(action: Action) -> None:
    """What mostly follows a take that is written."""


@dataclass(frozen=True)
class Take:
    """What came out: the action, and sentences to report; unseen: whether the arms stand on IK.

    limited: part of all joint angles that were beyond their range, 0 to 1. touches: poses in which
    a hand was led out of the body or the other hand.
    """

    action: Action
    remarks: tuple[str, ...]
    unseen: bool
    limited: float
    touches: int


def write(asked: TakeRequest, result: Result, then: Then = _nothing) -> Take:
    """Put the engine's RESULT on the armature: action, sound, scene length, record.

    then: what belongs to that and is done with the new action, or all is undone.
    Raises GestureError, with the scene as it was, if the armature or its scene is gone.
    """
    return exhausted(writing(asked, result, then))


def writing(
    asked: TakeRequest, result: Result, then: Then = _nothing
) -> Generator[float, None, Take]:
    """The steps of `write`, each short; yields the part done, 0..1. Returns the take.

    Between two steps anything may happen to the scene: every step looks for its objects anew.
    What the user sees changes in the last step only, all of it or, after an error, nothing; a
    take that is not finished is removed.
    """
    _, armature = _find(asked)
    actions.check_writable(armature)
    actions.drop_unfinished()
    result = _varied(posing.excerpt(result, asked.part), asked)
    looking = gaze.looking(lambda: _find(asked), asked.mode, _pose_frames(asked, result))
    found = yield from scaled(looking, 0.0, 0.3)
    look = mode.attending(found, result.arrays.get("attention"))
    _, armature = _find(asked)
    posed = posing.pose_steps(armature, result, asked, _amplitude(asked, result), look)
    track = yield from scaled(posed, 0.3 if look else 0.0, 0.4)
    _, armature = _find(asked)
    own = _begun(asked, armature, look)
    try:
        yield from scaled(_key_steps(asked, track), 0.4, 1.0)
        return _finish(asked, result, track, then)
    finally:  # perhaps long after: steps nobody takes end when they are collected
        actions.drop_unfinished(own)


def _begun(asked: TakeRequest, armature: Object, look: Gaze | None) -> int:
    """The number of a new unfinished action, with the LOOK in it."""
    action = actions.new_unfinished(actions.unused_take_name(_stem(asked)), armature)
    stored.store_gaze(action, look)
    return action.session_uid


def _pose_frames(asked: TakeRequest, result: Result) -> NDArray[np.float64]:
    """The scene's frames (T,) of the poses in RESULT."""
    scene, _ = _find(asked)
    rate = actions.scene_fps(scene) / posing.engine_fps(result.values)
    return np.asarray(asked.start_frame + rate * np.arange(len(result.arrays["directions"])))


def _amplitude(asked: TakeRequest, result: Result) -> NDArray[np.float64]:
    """The intensity (T,) of the poses in RESULT, as what is shown has it."""
    _, armature = _find(asked)
    source = shown.source_of(armature, asked.start_frame)
    return intensity.values(armature, source, _pose_frames(asked, result))


def _intensity(asked: TakeRequest, armature: Object) -> float | None:
    """The intensity of ARMATURE; None where what is shown keys it."""
    keyed = (intensity.PROPERTY, 0) in shown.source_of(armature, asked.start_frame).curves
    return None if keyed else float(getattr(armature, intensity.PROPERTY))


def _varied(result: Result, asked: TakeRequest) -> Result:
    """RESULT with what the variation that ASKED is does to its motion."""
    directions = mirroring.turned(result.arrays["directions"], asked.variation)
    return replace(result, arrays={**result.arrays, "directions": directions})


def _stem(asked: TakeRequest) -> str:
    """The beginning of the take's name."""
    speech = asked.name or Path(asked.speech).stem
    return {"LISTEN": f"{speech} listening", "IDLE": "idle"}.get(asked.mode.kind, speech)


def _key_steps(asked: TakeRequest, track: PoseTrack) -> Generator[float, None, None]:
    """Write the unfinished take, a bone or a curve a step."""
    scene, armature = _find(asked)
    protection = _protection(asked, armature)
    arms = reading.arms(armature, status.shown_status(armature).drives)
    fps = actions.scene_fps(scene)
    thinning = spacing.thinning(armature, track, fps, asked.spacing, arms)
    thinned = yield from scaled(thinning, 0.0, 0.5)
    scene, armature = _find(asked)
    for column in range(len(track.bones)):
        fps, source = actions.scene_fps(scene), shown.source_of(armature, asked.start_frame)
        when = keying.Keying(asked.start_frame, fps, source, protection, thinned)
        keying.write_bone(armature, actions.unfinished(), track, column, when)
        yield 0.5 + 0.5 * (column + 1) / len(track.bones)
        scene, armature = _find(asked)
    for path in _taken_along(asked, armature, track, protection):
        source = shown.source_of(armature, asked.start_frame)
        if path in source.curves:
            keying.copy_curve(actions.unfinished(), source.curves[path], source)
        yield 1.0
        scene, armature = _find(asked)


def _taken_along(
    asked: TakeRequest, armature: Object, track: PoseTrack, protection: Protection
) -> list[tuple[str, int]]:
    """The curves of the take shown that the new one has no motion for: they stay as they are.

    Curves of what ARMATURE has no longer, of a removed bone say, are left behind.
    """
    source = shown.source_of(armature, asked.start_frame)
    moved = {bone for bone in track.bones if not protection.covers(bone)}
    return [
        path
        for path, curve in source.curves.items()
        if source.take
        and actions.keyed_bone(curve) not in moved
        and collection.channel(armature, path[0]) is not None
    ]


def _protection(asked: TakeRequest, armature: Object) -> Protection:
    only = frozenset(asked.only_bones) if asked.only_bones is not None else None
    return character.protection_of(armature, only_frames=asked.only_frames, only_bones=only)


def _finish(asked: TakeRequest, result: Result, track: PoseTrack, then: Then) -> Take:
    """Make the unfinished action a take of the armature's."""
    scene, armature = _find(asked)
    actions.check_writable(armature)  # the steps took a while
    kept = actions.keep_sentence(armature)
    arms = _filled(asked, result, track)
    action = actions.unfinished()
    with restoring.all_or_nothing(*_remembered(scene, armature, action)):
        collection.add(armature, action)
        _fit(scene, armature, action)
        style.hand_to_next(scene, result.values.get("style"))
        sound, stays = _sound(scene, asked), held.look(scene, armature, track.bones)
        then(action)
        said = tuple(filter(None, (kept, arms, sound, _unheard(asked, result), stays)))
        take = Take(action, said, bool(arms), track.violations.share, len(track.touches))
        actions.finish()
    return take


def _unheard(asked: TakeRequest, result: Result) -> str:
    """What is to be said where the engine takes most of what sounds for no voice."""
    if asked.speech is None or float(result.values.get("unheard", 0.0)) <= MOSTLY:
        return ""
    return (
        f"Most of what sounds in '{Path(asked.speech).name}' is taken for no voice and makes no "
        "gestures: switch Voices Alone off, in Mode and Motion, if it is one."
    )


def _filled(asked: TakeRequest, result: Result, track: PoseTrack) -> str:
    """Complete the unfinished action, and nothing else; why its arms are not seen, or ""."""
    _, armature = _find(asked)
    action = actions.unfinished()
    record.keep(action, _record(asked, result, track))
    directions = _directions(asked, result, armature)
    stored.store(action, directions, posing.engine_fps(result.values), made=True)
    stored.store_marks(action, result)
    stored.store_plan(action, _plan(asked, result, armature))
    stored.list_moods(action)
    intensity.carry(actions.current_action(armature), action)
    arms = arms_to_fk.key_if_asked(armature, action)
    style.begin_take(action, result.values.get("style"), asked.shaping, asked.spacing)
    touched.note(action)
    return arms


def _plan(asked: TakeRequest, result: Result, armature: Object) -> KeptPlan | None:
    """The new take's plan; a part made anew has that of the take that it is a part of."""
    if not asked.is_part:
        return plan.of_answer(result.values)
    return stored.load_plan(shown.source_of(armature, asked.start_frame).action)


def _remembered(scene: Scene, armature: Object, action: Action) -> tuple[restoring.PutBack, ...]:
    """What undoes the last step of writing ACTION."""
    settings: Any = scene
    return (
        restoring.custom(action, actions.UNFINISHED_KEY),
        restoring.values(settings.gestures, *generate.STYLE_ROWS),
        style.remembered(scene),
        restoring.values(scene, "frame_end"),
        strips.remembered(scene),
        *collection.remembered(armature),
    )


def _record(asked: TakeRequest, result: Result, track: PoseTrack) -> Record:
    """The new take's; a part made anew has the record of the take that it is a part of."""
    scene, armature = _find(asked)
    base = record.of(shown.source_of(armature, asked.start_frame).action)
    if asked.is_part and base is not None:
        part = Regenerated(asked.seed, asked.only_frames, asked.only_bones)
        regenerated = (*base.regenerated, part)
        return replace(base, start_frame=float(asked.start_frame), regenerated=regenerated)
    known = {name: getattr(asked, name) for name in SHARED} | {
        "speech": asked.speech if asked.speech or asked.mode.kind == "IDLE" else None,
        "speech_digest": files.digest(asked.speech) if asked.speech else None,
        "style": result.values.get("style"),
        "own_style": asked.style is not None,
        "manner": Manner.of(result.values.get("manner")),
        "scene_fps": actions.scene_fps(scene),
        "intensity": _intensity(asked, armature),
        "engine": result.values.get("engine") or process.info(),
    }
    return Record(**{**known, **record.windows(result.values), **posing.measured(track)})


def _directions(asked: TakeRequest, result: Result, armature: Object) -> NDArray[np.float32]:
    """The directions (T, 42, 3) of the new take: RESULT's, or the shown take's where they stay."""
    new: NDArray[np.float32] = result.arrays["directions"]
    before = stored.load(shown.source_of(armature, asked.start_frame).action)
    if not asked.is_part or before is None or before[0].shape != new.shape:
        return new
    changed = np.ones(new.shape[:2], bool)
    if asked.only_frames is not None:
        scene, _ = _find(asked)
        rate = actions.scene_fps(scene) / before[1]
        frames = asked.start_frame + np.arange(len(new)) * rate
        first, last = asked.only_frames
        changed &= ((frames > first) & (frames < last))[:, None]
    if asked.only_bones is not None:
        turned = layers.directions_of(asked.only_bones, reading.map_for(armature).bone_map)
        changed &= np.isin(np.arange(new.shape[1]), turned)
    return np.where(changed[..., None], new, before[0])


def _find(asked: TakeRequest) -> tuple[Scene, Object]:
    """The scene and armature of ASKED, as they are now."""
    scene = references.find(bpy.data.scenes, asked.scene_uid)
    armature = references.find(scene.objects if scene else (), asked.armature_uid)
    if scene is None or armature is None:
        raise GestureError(
            f"The armature '{asked.armature_name}' is no longer in its scene: nothing was "
            "written, choose another armature and generate again."
        )
    return scene, armature


def _fit(scene: Scene, armature: Object, action: Action) -> None:
    """Let the scene end with the take ACTION; later where the user chose so, or animated more."""
    end = round(action.frame_range[1])
    others = [entry.action for entry in collection.entries(armature) if entry.action != action]
    chosen = scene.frame_end not in {USUAL_END, *(round(one.frame_range[1]) for one in others)}
    own = (one for one in bpy.data.actions if one.users and not actions.is_take(one))
    longest = max((round(one.frame_range[1]) for one in own), default=0)
    scene.frame_end = max(end, scene.frame_end if chosen or longest > end else 0)


def _moved_strip(scene: Scene, speech: Path, start: int) -> Any:
    """The strip of SPEECH that was moved from where a take begins; None if none was.

    A second one beside it would make the speech be heard twice.
    """
    if strips.find(scene, speech, start) is not None:
        return None
    begins = {
        round(nla.begins(armature, entry.action))
        for armature in scene.objects
        if armature.type == "ARMATURE"
        for entry in collection.entries(armature)
    }
    playing = strips.playing(scene, speech)
    return next((one for one in playing if round(one.frame_start) not in begins), None)


def _sound(scene: Scene, asked: TakeRequest) -> str:
    """Add the speech to the sequencer; a remark if Blender cannot play it."""
    if not (asked.add_sound and asked.speech):
        return ""
    speech = Path(asked.speech)
    if (moved := _moved_strip(scene, speech, asked.start_frame)) is not None:
        return (
            f"'{speech.name}' stands at frame {round(moved.frame_start)} in the sequencer and the "
            f"take begins at frame {asked.start_frame}: move one of them, so that they fit."
        )
    try:
        strips.add(scene, speech, asked.start_frame)
    except GestureError as error:
        return str(error)
    strips.play_in_sync(scene)
    return ""
