# SPDX-License-Identifier: GPL-3.0-or-later
"""How people and programs name a skeleton, for one skeleton to be renamed: names are facts.

A scheme is a table of Mixamo's names: what the middle bones are called, the sides' words, the
limbs with {s} for the side, and the fingers with {f} for the finger and {n} for the phalanx.
Sources: the programs' published bone lists (Unity's and Godot's humanoid profiles, Cats' and
VRChat's English names, AdvancedSkeleton's and HumanIK's joints, Valve's biped, Second Life's
Bento, Xsens MVN, OptiTrack, ARKit's body, Synty's POLYGON, GTA's SKEL); the plain ones are
what modellers type.
"""

from __future__ import annotations

from dataclasses import dataclass

FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
MIDDLE = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
LIMBS = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")


@dataclass(frozen=True)
class Scheme:
    """middle, limbs: names in the order of MIDDLE and LIMBS. fingers: their words in FINGERS'
    order. phalanx: a template; thumb: another one for the thumb. numbers: what {n} stands for.
    """

    middle: tuple[str, ...]
    limbs: tuple[str, ...]
    phalanx: str
    sides: tuple[str, str] = ("L", "R")
    fingers: tuple[str, ...] = FINGERS
    numbers: tuple[str, ...] = ("1", "2", "3")
    thumb: str = ""
    thumb_numbers: tuple[str, ...] = ()

    def names(self) -> dict[str, str]:
        """Mixamo's name (without prefix) -> this scheme's."""
        table = dict(zip(MIDDLE, self.middle, strict=True))
        for word, side in zip(("Left", "Right"), self.sides, strict=True):
            table |= {
                word + limb: name.format(s=side)
                for limb, name in zip(LIMBS, self.limbs, strict=True)
            }
            for finger, own in zip(FINGERS, self.fingers, strict=True):
                is_thumb = finger == "Thumb"
                numbers = (is_thumb and self.thumb_numbers) or self.numbers
                template = (is_thumb and self.thumb) or self.phalanx
                for i, n in enumerate(numbers, 1):
                    table[f"{word}Hand{finger}{i}"] = template.format(s=side, f=own, n=n)
        return table


def _limbs(text: str, pattern: str = "{name}") -> tuple[str, ...]:
    """The words of TEXT, each in PATTERN, where {{s}} stays the side."""
    return tuple(pattern.replace("{name}", name) for name in text.split())


PLAIN = "Shoulder Arm ForeArm Hand UpLeg Leg Foot Toe"
BLENDER = ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head")
NUMBERED = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
UNITY = "Shoulder UpperArm LowerArm Hand UpperLeg LowerLeg Foot Toes"
PHASES = ("Proximal", "Intermediate", "Distal")
LITTLE = ("Thumb", "Index", "Middle", "Ring", "Little")
CATS = _limbs("shoulder arm elbow wrist leg knee ankle toe", "{s} {name}")
GODOT = _limbs(UNITY, "{s}{name}")

SCHEMES = {
    "Arm.L": Scheme(BLENDER, _limbs(PLAIN, "{name}.{s}"), "{f}{n}.{s}"),
    "Arm.L, Rigify's fingers": Scheme(
        BLENDER,
        _limbs(PLAIN, "{name}.{s}"),
        "f_{f}.0{n}.{s}",
        fingers=("thumb", "index", "middle", "ring", "pinky"),
        thumb="thumb.0{n}.{s}",
    ),
    "Arm_L, Unreal's fingers": Scheme(BLENDER, _limbs(PLAIN, "{name}_{s}"), "{f}_0{n}_{s}"),
    "Mixamo's limbs, Unity's spine": Scheme(
        BLENDER,
        _limbs("Shoulder Arm ForeArm Hand UpLeg Leg Foot ToeBase", "{s}{name}"),
        "{s}Hand{f}{n}",
        ("Left", "Right"),
    ),
    "Arm_L": Scheme(BLENDER, _limbs(PLAIN, "{name}_{s}"), "{f}{n}_{s}"),
    "L_Arm": Scheme(NUMBERED, _limbs(PLAIN, "{s}_{name}"), "{s}_{f}{n}"),
    "l_arm_jnt": Scheme(
        tuple(f"{one}_jnt" for one in ("pelvis", "spine", "spine1", "chest", "neck", "head")),
        _limbs("clav arm forearm hand leg shin foot toe", "{s}_{name}_jnt"),
        "{s}_{f}_{n}_jnt",
        ("l", "r"),
        ("thumb", "index", "middle", "ring", "pinky"),
    ),
    "AdvancedSkeleton": Scheme(
        ("Root_M", "Spine1_M", "Spine2_M", "Chest_M", "Neck_M", "Head_M"),
        _limbs("Scapula Shoulder Elbow Wrist Hip Knee Ankle Toes", "{name}_{s}"),
        "{f}Finger{n}_{s}",
    ),
    "arm_fk_L": Scheme(
        ("hips", "spine_01", "spine_02", "spine_03", "neck", "head"),
        _limbs("shoulder arm_fk forearm_fk hand_fk thigh shin foot toe", "{name}_{s}"),
        "{f}_0{n}_{s}",
        fingers=("thumb", "index", "middle", "ring", "pinky"),
    ),
    "upper_arm_fk_L": Scheme(
        ("hips", "spine_fk", "spine_fk_001", "chest", "neck", "head"),
        _limbs(
            "shoulder upper_arm_fk forearm_fk hand_fk thigh_fk shin_fk foot_fk toe", "{name}_{s}"
        ),
        "f_{f}_0{n}_{s}",
        fingers=("thumb", "index", "middle", "ring", "pinky"),
        thumb="thumb_0{n}_{s}",
    ),
    "Unity UpperArm_L": Scheme(BLENDER, _limbs(UNITY, "{name}_{s}"), "{f}_0{n}_{s}"),
    "Unity UpperArm_L, Proximal": Scheme(
        BLENDER, _limbs(UNITY, "{name}_{s}"), "{f}{n}_{s}", fingers=LITTLE, numbers=PHASES
    ),
    "Clavicle/UpperArm.L": Scheme(
        BLENDER,
        _limbs("Clavicle UpperArm LowerArm Hand Thigh Calf Foot Toe", "{name}.{s}"),
        "{f}_0{n}.{s}",
    ),
    "Cats/VRChat": Scheme(
        ("Hips", "Spine", "Chest", "Upper Chest", "Neck", "Head"),
        CATS,
        "{f}Finger{n}_{s}",
        ("Left", "Right"),
        LITTLE,
        thumb="Thumb{n}_{s}",
    ),
    "Cats/VRChat, letters": Scheme(
        ("Hips", "Spine", "Chest", "Upper Chest", "Neck", "Head"),
        _limbs("shoulder arm elbow wrist leg knee ankle toe", "{s} {name}"),
        "{f}{n}_{s}",
        ("Left", "Right"),
        ("Thumb", "IndexFinger", "MiddleFinger", "RingFinger", "PinkyFinger"),
    ),
    "Godot humanoid": Scheme(
        BLENDER,
        GODOT,
        "{s}{f}{n}",
        ("Left", "Right"),
        LITTLE,
        PHASES,
        thumb_numbers=("Metacarpal", "Proximal", "Distal"),
    ),
    "Godot humanoid, Pinky": Scheme(
        BLENDER,
        GODOT,
        "{s}{f}{n}",
        ("Left", "Right"),
        FINGERS,
        PHASES,
        thumb_numbers=("Metacarpal", "Proximal", "Distal"),
    ),
    "Valve biped": Scheme(
        tuple(
            f"ValveBiped.Bip01_{one}"
            for one in ("Pelvis", "Spine", "Spine1", "Spine2", "Neck1", "Head1")
        ),
        _limbs(
            "Clavicle UpperArm Forearm Hand Thigh Calf Foot Toe0", "ValveBiped.Bip01_{s}_{name}"
        ),
        "ValveBiped.Bip01_{s}_Finger{f}{n}",
        fingers=("0", "1", "2", "3", "4"),
        numbers=("", "1", "2"),
    ),
    "Second Life Bento": Scheme(
        ("mPelvis", "mSpine1", "mTorso", "mChest", "mNeck", "mHead"),
        _limbs("Collar Shoulder Elbow Wrist Hip Knee Ankle Foot", "m{name}{s}"),
        "mHand{f}{n}{s}",
        ("Left", "Right"),
    ),
    "Xsens": Scheme(
        ("Pelvis", "L5", "L3", "T8", "Neck", "Head"),
        _limbs("Shoulder UpperArm ForeArm Hand UpperLeg LowerLeg Foot Toe", "{s}{name}"),
        "{s}{f}{n}",
        ("Left", "Right"),
        numbers=("Proximal", "Middle", "Distal"),
    ),
    "OptiTrack": Scheme(
        ("Hip", "Ab", "Ab2", "Chest", "Neck", "Head"),
        _limbs("Shoulder UArm FArm Hand Thigh Shin Foot Toe", "{s}{name}"),
        "{s}{f}{n}",
    ),
    "ARKit": Scheme(
        ("hips_joint", "spine_1_joint", "spine_4_joint", "spine_7_joint", "neck_1_joint",
         "head_joint"),
        _limbs(
            "shoulder_1_joint arm_joint forearm_joint hand_joint upLeg_joint leg_joint foot_joint"
            " toes_joint",
            "{s}_{name}",
        ),
        "{s}_hand{f}_{n}_joint",
        ("left", "right"),
    ),
    "Synty POLYGON": Scheme(
        ("Hips", "Spine_01", "Spine_02", "Spine_03", "Neck", "Head"),
        _limbs("Clavicle Shoulder Elbow Hand UpperLeg LowerLeg Ankle Ball", "{name}_{s}"),
        "{f}_0{n}_{s}",
        fingers=("Thumb", "IndexFinger", "Finger", "RingFinger", "PinkyFinger"),
    ),
    "GTA SKEL": Scheme(
        ("SKEL_Pelvis", "SKEL_Spine0", "SKEL_Spine1", "SKEL_Spine2", "SKEL_Neck_1", "SKEL_Head"),
        _limbs("Clavicle UpperArm Forearm Hand Thigh Calf Foot Toe0", "SKEL_{s}_{name}"),
        "SKEL_{s}_Finger{f}{n}",
        fingers=("0", "1", "2", "3", "4"),
        numbers=("0", "1", "2"),
    ),
}  # fmt: skip


def renamed(armature, scheme):
    """ARMATURE, a Mixamo skeleton, with SCHEME's names; Blender's own suffix where two clash."""
    table = scheme.names()
    for bone in list(armature.data.bones):
        bone.name = table[bone.name.removeprefix("mixamorig:")]
    return armature
