# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g …``: the engine from a shell.

Exit status: 0, or 2 for input that cannot be used, or 1 for a failure, with one sentence on
stderr. Heavy imports stand inside the commands so that ``--help`` is quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from tqdm import tqdm

from ha2g_engine.data.commands import app as data_app
from ha2g_engine.errors import Ha2gError, InputError
from ha2g_engine.study import page

if TYPE_CHECKING:
    from ha2g_engine.synthesis.synthesizer import Settings

app = typer.Typer(
    name="ha2g",
    help="Speech to gestures: generate, train, and handle checkpoints.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
checkpoint_app = typer.Typer(help="Checkpoints: import published files, look inside.")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(data_app, name="data")
app.add_typer(page.app, name="study")


class Mode(StrEnum):
    """What a character does while the speech lasts."""

    talk = "talk"
    listen = "listen"
    idle = "idle"


class Preset(StrEnum):
    """What an FBX file is made for."""

    generic = "generic"
    unity = "unity"
    unreal = "unreal"


class Split(StrEnum):
    """Parts of a data set."""

    train = "train"
    val = "val"
    test = "test"


ENERGY: Final = 0.5  # of a gesture's size, where nothing else is said
CLIPS: Final = 10  # of a data set, where nothing else is said
BATCH: Final = "16"  # of a training step, where nothing else is said

Checkpoint = Annotated[
    Path | None, typer.Option(help="A .safetensors checkpoint; the default model if left out.")
]


@app.command()
def generate(
    out: Annotated[
        Path, typer.Option(help="Where the motion goes: .npz; a folder with --from-dataset.")
    ],
    speech: Annotated[
        Path | None, typer.Argument(help="Speech file: wav, flac, ogg or mp3.")
    ] = None,
    image: Annotated[Path | None, typer.Option(help="Picture of the person who speaks.")] = None,
    transcript: Annotated[
        Path | None, typer.Option(help="JSON list of (word, start s, end s).")
    ] = None,
    checkpoint: Checkpoint = None,
    identity_seed: Annotated[int, typer.Option(help="An imagined person, without a picture.")] = 0,
    seed: Annotated[int, typer.Option(help="0 = most typical; others vary the gestures.")] = 0,
    style: Annotated[Path | None, typer.Option(help="JSON 3 × 6: low, mid, high by level.")] = None,
    rest: Annotated[bool, typer.Option(help="Return to rest in silence.")] = True,
    energy: Annotated[
        float, typer.Option(help="How much the gestures' size follows loudness.", min=0, max=1)
    ] = ENERGY,
    fade: Annotated[
        bool, typer.Option(help="Lead the network's windows on from each other.")
    ] = True,
    video: Annotated[
        Path | None, typer.Option(help="A stick-figure video with sound (.mp4).")
    ] = None,
    from_dataset: Annotated[
        Path | None,
        typer.Option(help="A data set's folder instead of a speech: its clips, real beside made."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Clips, with --from-dataset: 10 if left out.", min=1)
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="Their split, with --from-dataset: test if left out.")
    ] = None,
) -> None:
    """Predict gestures for a speech: directions (T, 42, 3) at 15 fps.

    With --from-dataset: npz, wav and a video for COUNT clips, real motion beside generated.
    """
    from ha2g_engine.synthesis.synthesizer import Settings

    if from_dataset:
        if speech or image or style or video or transcript or identity_seed:
            raise InputError(
                "--from-dataset brings speech, words and people: leave the speech, --image, "
                "--identity-seed, --style, --transcript and --video out."
            )
        if not rest or not fade or energy != ENERGY:
            raise InputError(
                "--from-dataset shows the network's own motion: leave --no-rest, --no-fade and "
                "--energy out."
            )
        _from_dataset(from_dataset, checkpoint, out, split or Split.test, count or CLIPS, seed)
        return
    if count or split:
        raise InputError("--count and --split are for --from-dataset: leave them out.")
    if speech is None:
        raise InputError("There is nothing to speak: name a speech file, or --from-dataset FOLDER.")
    settings = Settings(
        images=[image] if image else [],
        identity_seed=identity_seed,
        seed=seed,
        style=_read_style(style),
        transcript=transcript,
        rest=rest,
        energy=energy,
        fade=fade,
    )
    _from_speech(speech, settings, checkpoint, out, video)


def _from_speech(
    speech: Path, settings: Settings, checkpoint: Path | None, out: Path, video: Path | None
) -> None:
    from ha2g_engine.body.stick_figure import write_video
    from ha2g_engine.synthesis.synthesizer import Synthesizer

    with progress_bar() as progress:
        model = Synthesizer(checkpoint)
        if settings.transcript and not model.knows_words:
            _aside(f"'{model.checkpoint}' knows no words: '{settings.transcript}' changes nothing.")
        take = model.generate(speech, settings, progress)
    take.save(out)
    if video:
        write_video(video, take.directions, take.skeleton, speech)
    typer.echo(f"{out}: {len(take.directions)} frames, {len(take.directions) / 15:.1f} s")


def _from_dataset(
    data: Path, checkpoint: Path | None, out: Path, split: Split, count: int, seed: int
) -> None:
    from ha2g_engine.evaluation import samples

    for path in samples.write(data, checkpoint, out, split.value, count, seed, _aside):
        typer.echo(path)


@app.command()
def animate(
    speech: Annotated[Path, typer.Argument(help="Speech file, or a folder of them.")],
    rig: Annotated[Path, typer.Option(help="Character: .blend, .fbx or .glb.")],
    out: Annotated[
        Path, typer.Option(help="Result: .blend, .fbx, .glb, .bvh or .usd; a folder for a batch.")
    ],
    image: Annotated[Path | None, typer.Option(help="Picture of the person who speaks.")] = None,
    checkpoint: Checkpoint = None,
    seed: Annotated[int, typer.Option(help="0 = most typical; others vary the gestures.")] = 0,
    bone_map: Annotated[Path | None, typer.Option("--map", help="Bone map (.toml).")] = None,
    fps: Annotated[
        float | None, typer.Option(help="Keys a second; the scene's if left out.")
    ] = None,
    frames: Annotated[
        str | None, typer.Option("--range", help="FIRST:LAST frames to write.")
    ] = None,
    blender: Annotated[
        str | None, typer.Option(help="A Python with bpy; this one if left out.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Talk; listen (nod where phrases end); idle as long as it lasts.")
    ] = Mode.talk,
    preset: Annotated[Preset, typer.Option(help="What an FBX file is made for.")] = Preset.generic,
) -> None:
    """Put a speech's gestures on a character through headless Blender."""
    from ha2g_engine import animation
    from ha2g_engine.synthesis.synthesizer import Settings

    if mode is not Mode.talk and (image or checkpoint):
        raise InputError(
            f"--mode {mode.value} moves like nobody in particular: leave --image and --checkpoint "
            "out."
        )
    settings = Settings(images=[image] if image else [], seed=seed)
    options = animation.Options(
        rig, out, checkpoint, bone_map, fps, frames, blender, mode.value, preset.value
    )
    with progress_bar() as progress:
        done = animation.animate(speech, settings, options, progress)
    for path in done.written:
        typer.echo(path)
    if done.failures:
        raise InputError(" ".join(done.failures))


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A training configuration (.toml).")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="key=value, such as training.epochs=3.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last epoch.")] = False,
) -> None:
    """Train as a configuration says; prints a line an epoch and the best checkpoint."""
    from ha2g_engine import distributed
    from ha2g_engine.training.loop import train as run

    best = run(config, overrides or [], resume, progress=_aside)
    if distributed.leads():
        typer.echo(best)


@app.command()
def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(metavar="CHECKPOINT...", help="Files, or NAME=FILE,FILE for one system."),
    ],
    data: Annotated[Path | None, typer.Option(help="A data set's folder.")] = None,
    autoencoder: Annotated[
        Path | None, typer.Option(help="Checkpoint of system autoencoder; with --data.")
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(help="Folder of recordings without motion: strokes on accents.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="Markdown file; JSON goes beside it.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Latents, real and generated (.png).")] = None,
    split: Annotated[
        Split | None, typer.Option(help="With --data: test if left out, or val to choose by.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Variation seeds of each checkpoint, with --data: 3 if left out.", min=1),
    ] = None,
    people: Annotated[
        int | None, typer.Option(help="Imagined speakers, with --speech: 5 if left out.", min=1)
    ] = None,
) -> None:
    """Measure systems against a data set or recordings: one row each.

    Runs of one system with several training seeds make one row of means and spreads.
    """
    from ha2g_engine.evaluation import command

    wanted = command.Wanted(
        data, autoencoder, speech, table, plot, split.value if split else None, seeds, people
    )
    typer.echo(command.evaluate(models, wanted, _aside))


@app.command()
def worker(
    log: Annotated[Path | None, typer.Option(help="File to log to; stderr if left out.")] = None,
) -> None:
    """Serve JSON requests on stdin for the Blender add-on."""
    from ha2g_engine import worker as process

    process.main(log)


@app.command()
def bench(
    checkpoint: Checkpoint = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    training: Annotated[bool, typer.Option(help="Steps of full-size HA2G instead.")] = False,
    batch: Annotated[
        str | None, typer.Option(help="With --training: sizes, such as 96,192; 16 if left out.")
    ] = None,
) -> None:
    """Measure what the README's performance table says, on this machine."""
    from ha2g_engine.bench.speed import measure
    from ha2g_engine.training.speed import batch_sizes, measure_training

    if training and checkpoint:
        raise InputError("--training measures full-size HA2G: leave --checkpoint out.")
    if batch is not None and not training:
        raise InputError("--batch is for --training: give both.")
    sizes = batch_sizes(BATCH if batch is None else batch)
    tables = measure_training(sizes) if training else [measure(checkpoint)]
    lines = [f"{k.replace('_', ' '):24} {v}" for table in tables for k, v in table.items()]
    numbers = tables if training else tables[0]
    typer.echo(json.dumps(numbers, indent=2) if as_json else "\n".join(lines))


@checkpoint_app.command("import")
def import_checkpoint(
    file: Annotated[Path, typer.Argument(help="A published checkpoint (.bin).")],
    out: Annotated[Path, typer.Option(help="Where the safe file goes (.safetensors).")],
    half: Annotated[bool, typer.Option(help="Store half precision.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="Also a run's state.pt, with the discriminator, for train --resume."),
    ] = None,
) -> None:
    """Turn a published pickle into a safetensors file, running nothing from it."""
    from ha2g_engine.checkpoints import files
    from ha2g_engine.checkpoints.published import import_published

    model, notes = import_published(file)
    files.save(out, model, notes, half=half)
    if state:
        from ha2g_engine.training import loop, published_state

        loop.write_state(state, published_state.training_state(file, model, notes["epoch"]))
    typer.echo(f"{out}: {model.config.skeleton}, hidden {model.config.hidden}")


@checkpoint_app.command("info")
def checkpoint_info(
    file: Annotated[Path, typer.Argument(help="A .safetensors checkpoint.")],
) -> None:
    """Print a checkpoint's settings, notes and size as JSON."""
    from ha2g_engine.checkpoints import files

    content = files.info(file)
    for many, counted in (("vocabulary", "words"), ("speakers", "speakers")):
        if many in content["notes"]:
            content["notes"][counted] = len(content["notes"].pop(many))
    typer.echo(json.dumps(content, indent=2))


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A bar on a terminal; yields ``progress(fraction, sentence)``."""
    with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}", disable=None, leave=False) as bar:

        def progress(fraction: float, message: str) -> None:
            bar.set_description_str(message)
            bar.update(fraction - bar.n)

        yield progress


def _aside(line: str) -> None:
    typer.echo(line, err=True)


def _read_style(path: Path | None) -> Any:
    import numpy as np

    if path is None:
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return np.asarray(content.get("style", content) if isinstance(content, dict) else content,
                          np.float32)  # fmt: skip
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"'{path}' is no style: it must be JSON with 3 rows (low, mid, high) of numbers."
        ) from error


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    try:
        status = app(args=arguments, standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except Ha2gError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the last stop before the user's terminal
        return _unexpected(error)
    return int(status or 0)


def _unexpected(error: Exception) -> int:
    """Click's usage errors show themselves (2); anything else is one sentence (1)."""
    if hasattr(error, "show") and hasattr(error, "exit_code"):
        error.show()
        return int(error.exit_code)
    print(f"ha2g failed ({type(error).__name__}): {error}", file=sys.stderr)
    return 1
