# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says about itself: a line an epoch, TensorBoard's curves and a short film."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter

from ha2g_engine import distributed
from ha2g_engine.body.skeleton import FPS, Skeleton
from ha2g_engine.body.stick_figure import draw_frame

from .config import TrainingConfig

Progress = Callable[[str], None]
Motion = NDArray[np.float32]  # (T, bones, 3) unit

FIGURE: Final = (320, 240)  # pixels


class Log:
    """Writes for the leading process and is silent for the others."""

    def __init__(self, config: TrainingConfig, progress: Progress, first: int = 1) -> None:
        """first: the next epoch; what a broken run said of it and of later ones goes."""
        self.table, self.every = config.model.table, config.training.video_every
        self.progress = progress
        self.writer = None
        if distributed.leads():
            self.writer = SummaryWriter(str(config.out / "log"), purge_step=first)

    def __enter__(self) -> Log:
        """Itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing that was said is lost."""
        if self.writer:
            self.writer.close()

    def epoch(
        self,
        number: int,
        scalars: dict[str, float],
        seconds: float,
        sample: Callable[[], tuple[Motion, Motion]],
    ) -> None:
        """Say how epoch ``number`` went; ``sample`` gives a real and a generated motion."""
        if not self.writer:
            return
        for name, value in scalars.items():
            self.writer.add_scalar(name, value, number)
        if self.every and number % self.every == 0:
            with distributed.alone():
                motions = sample()
            film = Summary.Value(tag="real, generated", image=beside(*motions, self.table))
            events = self.writer._get_file_writer()  # type: ignore[no-untyped-call]
            events.add_summary(Summary(value=[film]), number)
        self.progress(_line(number, scalars, seconds))


def beside(real: Motion, generated: Motion, skeleton: Skeleton) -> Summary.Image:
    """Two motions of T frames side by side, an endless GIF as TensorBoard shows it."""
    frames = []
    for pair in zip(real, generated, strict=True):
        frame = Image.new("RGB", (2 * FIGURE[0], FIGURE[1]))
        for i, directions in enumerate(pair):
            frame.paste(draw_frame(directions, skeleton).resize(FIGURE), (i * FIGURE[0], 0))
        frames.append(frame)
    file = io.BytesIO()
    frames[0].save(
        file, "GIF", save_all=True, append_images=frames[1:], duration=1000 / FPS, loop=0
    )
    return Summary.Image(
        height=FIGURE[1], width=2 * FIGURE[0], colorspace=3, encoded_image_string=file.getvalue()
    )


def _line(epoch: int, scalars: dict[str, float], seconds: float) -> str:
    numbers = "  ".join(f"{name} {value:.4f}" for name, value in scalars.items())
    return f"epoch {epoch}  {numbers}  {seconds:.0f} s"
