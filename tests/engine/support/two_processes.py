# SPDX-License-Identifier: GPL-3.0-or-later
"""Train each system a few steps in double precision; the losses as JSON.

``python two_processes.py CONFIG OUT.json OVERRIDE…``, alone or started by torchrun.
"""

import json
import sys
from pathlib import Path

import torch

from ha2g_engine import distributed
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer
from ha2g_engine.training.recipes import RECIPES
from ha2g_engine.training.streams import Window


def doubled(window):
    parts = vars(window).items()
    return Window(**{k: v.double() if v.is_floating_point() else v for k, v in parts})


def losses(path, overrides):
    trainer = Trainer(load_config(path, overrides))
    trainer.model.train()
    found = []
    for windows, chance in trainer.loader.epoch([1], 2):
        steps = trainer.sequence([doubled(window) for window in windows], chance)
        found += [distributed.averaged(step, trainer.device) for step in steps]
    return found


def main(path, out, overrides):
    torch.set_default_dtype(torch.float64)
    with distributed.together():
        found = {name: losses(path, [*overrides, f"system={name}"]) for name in RECIPES}
        if distributed.leads():
            Path(out).write_text(json.dumps(found), encoding="utf-8")
    left = [thread for thread in threads() if "gloo" in thread]
    assert not left, f"{left} outlive their group"


def threads():
    """The names of this process's threads, those of libraries too."""
    return [name.read_text().strip() for name in Path("/proc/self/task").glob("*/comm")]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
