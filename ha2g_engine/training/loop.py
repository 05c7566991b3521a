# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop: epochs, averages, checkpoints, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from ha2g_engine import checkpoints, losses
from ha2g_engine.data.store import Store
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.skeleton import INITIAL_FRAMES
from ha2g_engine.training.averaging import Average
from ha2g_engine.training.config import Optimisation, TrainingConfig, load_config
from ha2g_engine.training.recipe import Recipe
from ha2g_engine.training.streams import Streams

Progress = Callable[[str], None]

STATE: Final = "state.pt"
BEST: Final = "best.safetensors"
BETAS: Final = (0.5, 0.999)  # Adam, the paper's
VALIDATION_SEQUENCES: Final = 2
VALIDATION_BATCH: Final = 16
SMALL_SHARE: Final = 0.7  # of the epochs, the first, show the picture encoder half-size pictures


@dataclass
class Standing:
    """How far a run is: epochs done, the best validation loss and epochs since it."""

    epoch: int = 0
    best: float = math.inf
    stale: int = 0


class Trainer:
    """One run: model, optimiser, average and where it stands."""

    def __init__(self, config: TrainingConfig) -> None:
        torch.manual_seed(config.seed)
        store = Store(config.data)
        self.config = replace(config, model=_fitted(config.model, store))
        plan = config.training
        self.streams = Streams(store, "train", plan.windows, augment=True)
        self.validation = Streams(store, "val", plan.windows, augment=False)
        self.model = HA2G(self.config.model)
        self.model.rest_pose.copy_(self.streams.rest_pose())
        self.recipe = Recipe(self.config, self.model, self.streams)
        self.average = Average(self.model, plan.ema)
        self.optimiser = torch.optim.Adam(self.model.parameters(), plan.learning_rate, BETAS)
        self.standing = Standing()

    def run(self, progress: Progress) -> Path:
        """Train until the last epoch or until validation stops improving; the best file."""
        plan, log = self.config.training, SummaryWriter(str(self.config.out / "log"))
        while self.standing.epoch < plan.epochs and self.standing.stale < plan.patience:
            begun = time.monotonic()
            scalars = self.epoch() | self.validate()
            self._settle(scalars["val/huber"])
            for name, value in scalars.items():
                log.add_scalar(name, value, self.standing.epoch)
            progress(_line(self.standing.epoch, scalars, time.monotonic() - begun))
        log.close()
        return self.config.out / BEST

    def epoch(self) -> dict[str, float]:
        """Train on ``sequences`` sequences of windows; the mean of each term."""
        plan, number = self.config.training, self.standing.epoch
        torch.manual_seed(hash((self.config.seed, number)) % 2**31)
        random = np.random.default_rng([self.config.seed, number])
        self.model.train()
        sums = self.know_people(random)
        for _ in range(plan.sequences):
            for terms in self.sequence(random):
                for name, value in terms.items():
                    sums[name] = sums.get(name, 0.0) + value / (plan.sequences * plan.windows)
        self.standing.epoch += 1
        return {f"train/{name}": value for name, value in sums.items()}

    def know_people(self, random: np.random.Generator) -> dict[str, float]:
        """``identity_steps`` steps of the picture encoder alone; the mean of its loss."""
        steps, total = self.config.training.identity_steps, 0.0
        if self.config.model.identity == "speaker":
            return {}
        small = self.standing.epoch < SMALL_SHARE * self.config.training.epochs
        for _ in range(steps):
            term = self.recipe.people(random, small=small)
            self._step(self.config.weights.identity * term)
            total += float(term.detach()) / steps
        return {"people": total} if steps else {}

    def sequence(self, random: np.random.Generator) -> list[dict[str, float]]:
        """One optimiser step a window, each window starting where the last one ended."""
        windows = self.streams.sequence(random, self.config.training.batch)
        initial = self.recipe.first_initial(windows[0], random)
        identity = self.recipe.identities(windows[0], random)
        results = []
        for k, window in enumerate(windows):
            output = self.model(window.mel, initial, identity, sample=True)
            terms = self.recipe.terms(output, window)
            if self.config.weights.style:
                terms["style"] = self.recipe.style_term(output, initial, identity)
            self._step(self.recipe.total(terms))
            results.append({name: float(term.detach()) for name, term in terms.items()})
            if k + 1 < len(windows):
                initial = self.recipe.next_initial(windows[k + 1], output, random)
                identity = identity.detach()
        return results

    def _step(self, loss: Tensor) -> None:
        if not torch.isfinite(loss):
            raise InputError(
                f"The loss is not finite in epoch {self.standing.epoch + 1}: "
                "lower training.learning_rate or look for NaN in the data."
            )
        plan = self.config.training
        rate = plan.learning_rate * _schedule(self.standing.epoch, self.average.updates, plan)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), plan.clip)
        self.optimiser.step()
        self.average.update(self.model)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Huber loss and spread of the averaged model running on by itself from rest."""
        random = np.random.default_rng(1)
        recipe = Recipe(self.config, self.average.model, self.validation)
        errors, spreads, targets = [], [], []
        for _ in range(VALIDATION_SEQUENCES):
            windows = self.validation.sequence(random, VALIDATION_BATCH)
            identity = recipe.identities(windows[0], random)
            initial = windows[0].poses[:, :INITIAL_FRAMES]
            for window in windows:
                poses = self.average.model(window.mel, initial, identity).levels[-1]
                initial = poses[:, -INITIAL_FRAMES:]
                errors.append(float(losses.huber(poses, window.poses)))
                spreads.append(float(poses.std(dim=(0, 1)).mean()))
                targets.append(float(window.poses.std(dim=(0, 1)).mean()))
        return {
            "val/people": self._people_error(recipe, random),
            "val/huber": float(np.mean(errors)),
            "val/spread": float(np.mean(spreads) / np.mean(targets)),
        }

    def _people_error(self, recipe: Recipe, random: np.random.Generator) -> float:
        """Mean squared distance of f_id from pictures to the speaker's place; 0 if not used."""
        if self.config.model.identity == "speaker":
            return 0.0
        return float(recipe.people(random))

    def _settle(self, validation: float) -> None:
        """Write the best model if this is it, and the state to resume from."""
        if validation < self.standing.best:
            self.standing.best, self.standing.stale = validation, 0
            notes = {"epoch": self.standing.epoch, "validation_huber": validation}
            target = self.config.out / BEST
            checkpoints.save(target, self.average.model, notes, half=self.config.half)
        else:
            self.standing.stale += 1
        _write_state(self.config.out / STATE, self.state())

    def state(self) -> dict[str, Any]:
        """All that ``restore`` needs for the same numbers."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "updates": self.average.updates,
            "optimiser": self.optimiser.state_dict(),
            "standing": vars(self.standing).copy(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from ``state``."""
        self.model.load_state_dict(state["model"])
        self.average.model.load_state_dict(state["average"])
        self.average.updates = state["updates"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.standing = Standing(**state["standing"])


def train(
    config_path: str | Path,
    overrides: Sequence[str] = (),
    resume: bool = False,
    progress: Progress = print,
) -> Path:
    """Train as a configuration says; returns the best checkpoint.

    resume: go on from the run's last epoch; the numbers are those of an unbroken run.
    Raises InputError for a bad configuration, data set or state.
    """
    config = load_config(config_path, overrides)
    if config.training.threads:
        torch.set_num_threads(config.training.threads)
    config.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config)
    if resume:
        trainer.restore(_read_state(config.out / STATE))
    return trainer.run(progress)


def _fitted(model: ModelConfig, store: Store) -> ModelConfig:
    """The model's configuration with the number of speakers there are."""
    if model.skeleton != store.skeleton:
        raise InputError(
            f"'{store.folder}' is of the skeleton '{store.skeleton}' but model.skeleton is "
            f"'{model.skeleton}': set them alike."
        )
    return replace(model, n_speakers=len(store.speakers))


def _schedule(epoch: int, step: int, plan: Optimisation) -> float:
    """Share of the learning rate: a linear warm-up, then half a cosine to ``final_rate``."""
    warm = min(1.0, (step + 1) / max(1, plan.warmup))
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / plan.epochs)))
    return float(warm * (plan.final_rate + (1 - plan.final_rate) * fall))


def _write_state(path: Path, state: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".part")
    torch.save(state, temporary)
    temporary.replace(path)


def _read_state(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"'{path}' is not there: nothing to resume, leave --resume out.")
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except (RuntimeError, EOFError) as error:
        raise InputError(f"'{path}' is cut short: train again without --resume.") from error
    return state


def _line(epoch: int, scalars: dict[str, float], seconds: float) -> str:
    numbers = "  ".join(f"{name} {value:.4f}" for name, value in scalars.items())
    return f"epoch {epoch}  {numbers}  {seconds:.0f} s"
