# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters rendered in known poses → how far the poses found in the pictures are from them.

    python tests/surveys/picture_truth.py OUT_FOLDER [--count N] [--seed S]

Needs bpy and the part Pictures in one environment. Three bodies, N poses each (100) of the gesture
library's strokes and homes, a camera within 20 degrees of the front in turn and tilt, 5 in roll.
The truth of arms and hands is where the posed rig's joints are. OUT_FOLDER/pictures keeps every
picture, truth.npz the directions, to be measured again with --again; sheet.png shows some.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ha2g_engine.body.poses import HANDS  # noqa: E402
from ha2g_engine.body.skeleton import BONES, EXPRESSIVE, unit  # noqa: E402
from ha2g_engine.pictures.finder import Finder  # noqa: E402
from ha2g_engine.pictures.opening import open_picture  # noqa: E402
from ha2g_engine.pictures.posing import posed  # noqa: E402

SIZE = (600, 800)  # pixels
TURN, ROLL = 20.0, 5.0  # degrees
ARMS, TRUNK, HEAD = [3, 4, 20, 21], [0, 1, 2], [37, 38, 39, 40, 41]
NAMES = [child for _, child in BONES]


def poses(count, seed):
    """(count, 42, 3): apexes of strokes, some of them homes."""
    from ha2g_engine.data.gestures import library
    from ha2g_engine.gestures.homes import homes

    random = np.random.default_rng(seed)
    everything = library.load()
    chosen = random.choice(len(everything.gestures), count, replace=False)
    found = [everything.apex(everything.gestures[i]) for i in chosen]
    for place, home in zip(range(0, count, 9), homes().poses.values(), strict=False):
        found[place] = home
    return unit(np.stack(found).astype(np.float32))


def bodies():
    """Name -> a function that puts the character into an empty scene."""
    from blender_addon.headless import rig_file
    from rigs.portraits import people
    from rigs.portraits.command import CHARACTER, PEOPLE_FILE

    def person(number):
        return lambda: people.build(people.read(PEOPLE_FILE), np.random.default_rng([0, number, 2]))

    return {
        "rocketbox": lambda: rig_file.load(CHARACTER),
        "person3": person(3),
        "person8": person(8),
    }


def render(out, count, seed):
    """All pictures, and OUT/truth.npz."""
    import bpy

    from rigs.portraits import sitters

    (out / "pictures").mkdir(parents=True, exist_ok=True)
    rows = []
    for place, (name, load) in enumerate(bodies().items()):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        random = np.random.default_rng([seed, place])
        sitter = sitters.seat(load())
        scene = bpy.context.scene
        scene.render.resolution_x, scene.render.resolution_y = SIZE
        for number, pose in enumerate(poses(count, seed + place)):
            sitters._pose(sitter.take, pose)
            if name != "rocketbox" and number % 10 == 0:
                sitter.wardrobe.change(random)
            sitters._light(scene, random)
            seen = aim(sitter, random, number % 2 == 0)
            file = out / "pictures" / f"{name}_{number:03d}.png"
            scene.render.filepath = str(file)
            scene.render.film_transparent = True
            bpy.ops.render.render(write_still=True)
            behind(file, random)
            rows.append((file.name, truth(sitter.take, pose), seen))
    names, directions, cameras = zip(*rows, strict=True)
    np.savez(out / "truth.npz", names=names, directions=directions, cameras=cameras)


def aim(sitter, random, whole):
    """Place the camera; its turn, tilt and roll, degrees."""
    import bpy
    from mathutils import Matrix

    from blender_addon.export.recording import parts
    from blender_addon.headless import stage

    bpy.context.view_layer.update()
    yaw, pitch = random.uniform(-TURN, TURN, 2)
    roll = random.uniform(-ROLL, ROLL)
    take = sitter.take
    points = [stage.hand(take, side, 1) for side in "LR"] + [stage.head_and_hips(take)]
    if whole:
        points.append(stage.soles(take, parts(take.armature)[1:]))
    view = stage.View(yaw, pitch, np.concatenate(points), 1.25)
    stage.aim(sitter.camera, take, view, SIZE)
    sitter.camera.matrix_world @= Matrix.Rotation(np.radians(roll), 4, "Z")
    return yaw, pitch, roll


def behind(file, random):
    """Put a plain wall behind the character."""
    figure = Image.open(file).convert("RGBA")
    wall = Image.new("RGBA", figure.size, (*random.integers(90, 230, 3).tolist(), 255))
    Image.alpha_composite(wall, figure).convert("RGB").save(file)


def truth(take, pose):
    """(42, 3): arms and hands where the rig's joints are, the others as the pose says."""
    from blender_addon.headless import stage

    world = np.array(take.armature.matrix_world.to_3x3()) @ take.calibration.axes
    axes = (world / np.linalg.norm(world, axis=0)) * [1, 1, -1]  # left, back, down
    found = pose.copy()
    for side, letter in (("left", "L"), ("right", "R")):
        chain = [
            take.bone_map.get(f"{part}.{letter}")[0] for part in ("upper_arm", "forearm", "hand")
        ]
        joints = [stage._head(take.armature, bone) for bone in chain]
        at = dict(zip((f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"), joints, strict=True))
        for finger in ("index", "middle", "ring", "pinky", "thumb"):
            for place, bone in enumerate(take.bone_map.get(f"{finger}.{letter}")[:3]):
                at[f"{side}_{finger}_{place + 1}"] = stage._head(take.armature, bone)
        for bone, (parent, child) in enumerate(BONES):
            if parent in at and child in at:
                left, back, down = axes.T @ (at[child] - at[parent])
                found[bone] = left, down, back
    return unit(found)


def measure(out):
    """Print how far what is found is from the truth."""
    with np.load(out / "truth.npz") as file:
        names, directions, cameras = file["names"], file["directions"], file["cameras"]
    found, tiles = [], []
    with Finder() as finder:
        for place, name in enumerate(names):
            pixels = open_picture(out / "pictures" / str(name))
            landmarks = finder.find(pixels)
            found.append((landmarks, posed(landmarks) if landmarks else None))
            if place % 13 == 0:
                tiles.append(tile(pixels, *found[-1]))
    sheet(tiles).save(out / "sheet.png")
    for body in sorted({str(name).split("_")[0] for name in names}):
        tell(
            body,
            [i for i, name in enumerate(names) if str(name).startswith(body)],
            found,
            directions,
        )
    tell("all", range(len(names)), found, directions)
    return found, directions, cameras


def tell(title, rows, found, directions):
    """One body's figures."""
    here = [i for i in rows if found[i][1]]
    away = np.array([degrees(found[i][1].directions, directions[i]) for i in here])
    seen = np.array([found[i][1].bones for i in here])
    print(f"{title}: {len(here)} of {len(rows)} found")
    groups = {"trunk": TRUNK, "arms": ARMS, "head": HEAD, "body": TRUNK + ARMS + HEAD}
    for name, bones in groups.items():
        part, mask = away[:, bones], seen[:, bones]
        high = np.percentile(part[mask], 95)
        print(f"  {name}: {part[mask].mean():.1f} mean, {high:.1f} 95 %, {mask.mean():.2f} seen")
    sides = [(row, side) for row in range(len(here)) for side in (0, 1)]
    hands = {one: away[one[0], list(HANDS[one[1]])] for one in sides}
    known = [hand for (i, side), hand in hands.items() if found[here[i]][1].sees_hand(side)]
    palms = np.array(known)[:, [0, 3, 6, 9]]
    print(f"  hands: {np.mean(known):.1f} mean, palms {palms.mean():.1f}, "
          f"{len(known)} of {len(sides)} seen")  # fmt: skip
    swapped = [i for i in here if mixed_up(found[i][1].directions, directions[i])]
    print(f"  left and right changed: {len(swapped)}")


def mixed_up(found, true):
    """Whether the arms fit the truth better with left and right exchanged, in place."""
    other = true[[20, 21, 3, 4]]
    return degrees(found[ARMS], other).mean() + 15 < degrees(found[ARMS], true[ARMS]).mean()


def degrees(one, two):
    return np.degrees(np.arccos(np.clip((one * two).sum(axis=-1), -1, 1)))


def tile(pixels, landmarks, pose):
    """A picture beside what was found in it."""
    from ha2g_engine.body.stick_figure import draw_frame

    both = Image.new("RGB", (520, 300), "white")
    picture = Image.fromarray(pixels)
    if landmarks:
        draw = ImageDraw.Draw(picture)
        for side, ink in ((0, "blue"), (1, "orange")):
            draw.line([tuple(landmarks.points[p + side]) for p in (11, 13, 15)], fill=ink, width=6)
            if landmarks.sees_hand(side):
                for point in landmarks.hand_points[side]:
                    x, y = point
                    draw.ellipse([x - 2, y - 2, x + 2, y + 2], fill=ink)
        both.paste(
            draw_frame(pose.directions, EXPRESSIVE).resize((400, 300)).crop((60, 0, 340, 300)),
            (230, 0),
        )
    picture.thumbnail((225, 300))
    both.paste(picture)
    return both


def sheet(tiles):
    out = Image.new("RGB", (520 * 4, 300 * -(-len(tiles) // 4)), "white")
    for place, one in enumerate(tiles):
        out.paste(one, (520 * (place % 4), 300 * (place // 4)))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="measure the pictures that are there")
    given = parser.parse_args()
    if not given.again:
        render(given.out, given.count, given.seed)
    measure(given.out)


if __name__ == "__main__":
    main()
