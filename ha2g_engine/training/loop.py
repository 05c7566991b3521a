# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop: epochs, averages, checkpoints, validation, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ha2g_engine import distributed
from ha2g_engine.body.windows import check_alike
from ha2g_engine.checkpoints.files import adopt, save
from ha2g_engine.data import vectors
from ha2g_engine.data.store import Split, Store
from ha2g_engine.errors import InputError
from ha2g_engine.files import remove_parts

from .averaging import Average
from .config import Optimisation, TrainingConfig, load_config
from .loader import Loader
from .log import Log, Motion, Progress
from .recipes import recipe_for
from .state import BEST, BETAS, STATE, Standing, check_unused, read_state, write_state
from .streams import WINDOW_STRIDE, Streams, Window
from .validation import frechet, load_encoder, measure, sample, too_few
from .vocabulary import begin_with, vocabulary

SHOWN: Final = ("val/huber", "val/l1", "val/loss", "val/frechet")  # in a checkpoint's notes
SMALL_SHARE: Final = 0.7  # of the epochs, the first, show the picture encoder half-size pictures


class Trainer:
    """One run: recipe with model and adversary, optimiser, average and where it stands."""

    def __init__(self, config: TrainingConfig) -> None:
        torch.manual_seed(config.seed)
        self.device = distributed.device()
        store = _matching_store(config)
        plan = config.training
        self.config = config
        by_number = config.system != "ha2g" or config.model.identity == "speaker"
        words = vocabulary(store.clips if plan.all_words else store.within("train"))

        def streams(split: Split, *, augment: bool) -> Streams:
            return Streams(
                store, split, plan.windows, augment=augment, words=words, by_number=by_number,
                grid=plan.grid, early_words=plan.early_words,
            )  # fmt: skip

        self.streams = streams("train", augment=plan.augment)
        self.loader = Loader(self.streams, plan.batch, plan.listeners, plan.ahead, self.device)
        self.validation = streams("val", augment=False)
        judged = config.autoencoder if plan.select == "frechet" else None
        self.encoder = load_encoder(judged, store) if judged else None
        self.recipe = recipe_for(config, self.streams, self.device)
        self.model = self.recipe.model
        if config.vectors:
            begin_with(self.model, words, vectors.load(config.vectors))
        if config.start:
            adopt(self.model, config.start, config.parts.split())
        self.model.rest_pose.copy_(self.streams.rest_pose())
        self.recipe.know_gestures()
        fresh = config.start is None or bool(config.parts)
        self.average = Average(self.model, plan.ema, fresh=fresh)
        self.optimiser = torch.optim.Adam(
            self.model.parameters(), plan.learning_rate, BETAS, fused=True
        )
        self.standing = Standing()
        if plan.compile and self.device.type == "cuda":
            for part in self.recipe.steady_parts():
                part.compile()

    def run(self, progress: Progress) -> Path:
        """Train until the last epoch or until validation stops improving; the best file."""
        self._tell_too_short(progress)
        self._tell_too_few(progress)
        with Log(self.config, progress, self.standing.epoch + 1) as log:
            while self._goes_on():
                begun = time.monotonic()
                scalars = self.epoch()
                scalars |= distributed.from_leader(self.validate)
                self._settle(scalars)
                log.epoch(self.standing.epoch, scalars, time.monotonic() - begun, self.sample)
        return self.config.out / BEST

    def _goes_on(self) -> bool:
        plan, standing = self.config.training, self.standing
        return standing.epoch < plan.epochs and standing.stale < plan.patience

    def check_left(self) -> None:
        """Raise InputError when no epoch is left to train and none left a model."""
        best = self.config.out / BEST
        if not self._goes_on() and not best.is_file():
            raise InputError(
                f"Nothing is left to train after epoch {self.standing.epoch} and '{best}' is not "
                "there: set training.epochs or training.patience higher."
            )

    def _tell_too_short(self, progress: Progress) -> None:
        short, streams = self.streams.too_short, self.streams
        if short and distributed.leads():
            progress(
                f"{short} of {short + len(streams.clips)} clips to train on are left out, being "
                f"shorter than {streams.needed} frames: training.windows sets that length."
            )

    def _tell_too_few(self, progress: Progress) -> None:
        if self.encoder is None or not distributed.leads():
            return
        if said := too_few(len(self.validation.places(WINDOW_STRIDE)), self.encoder):
            progress(said)

    def epoch(self) -> dict[str, float]:
        """Train on an epoch's sequences of windows; the mean of each term."""
        plan, number = self.config.training, self.standing.epoch
        torch.manual_seed(hash((self.config.seed, number)) % 2**31)
        random = np.random.default_rng([self.config.seed, number])
        self.model.train()
        sums = self.know_people(random)
        count = (plan.sequences or self.streams.whole(plan.batch)) if self.recipe.moves else 0
        for windows, chance in self.loader.epoch([self.config.seed, number], count):
            for terms in self.sequence(windows, chance):
                for name, value in terms.items():
                    sums[name] = sums.get(name, 0.0) + value / (count * plan.windows)
        self.standing.epoch += 1
        means = distributed.averaged(sums, self.device)
        return {f"train/{name}": value for name, value in means.items()}

    def know_people(self, random: np.random.Generator) -> dict[str, float]:
        """``identity_steps`` steps of the picture encoder alone; the mean of its loss."""
        steps, total = self.config.training.identity_steps, 0.0
        small = self.standing.epoch < SMALL_SHARE * self.config.training.epochs
        for _ in range(steps):
            term = self.recipe.people_term(self.model, random, small=small)
            if term is None:
                return {}
            self._step(self.recipe.weights["identity"] * term)
            total += float(term.detach()) / steps
        return {"people": total} if steps else {}

    def sequence(
        self, windows: Sequence[Window], random: np.random.Generator
    ) -> list[dict[str, float]]:
        """One optimiser step a window, each window starting where the last one ended."""
        initial = self.recipe.first_initial(windows[0], random)
        identity = self.recipe.people(self.model, windows[0], random)
        results = []
        for k, window in enumerate(windows):
            step = self.recipe.step(window, initial, identity)
            terms = step.terms
            scalars = self._play(window.poses, step.poses, terms)
            self._step(self.recipe.total(terms))
            results.append(scalars | {name: float(t.detach()) for name, t in terms.items()})
            if k + 1 < len(windows):
                initial = self.recipe.next_initial(windows[k + 1], step.poses, random)
                identity = None if identity is None else identity.detach()
        return results

    def _play(self, real: Tensor, fake: Tensor, terms: dict[str, Tensor]) -> dict[str, float]:
        """After the warm-up: a step of the discriminator; its verdict joins ``terms``."""
        adversary = self.recipe.adversary
        if adversary is None or self.standing.epoch < self.config.training.gan_warmup:
            return {}
        learned = adversary.learn(real, fake)
        terms["gan"] = adversary.term(fake)
        return {"discriminator": learned}

    def _step(self, loss: Tensor) -> None:
        if not torch.isfinite(distributed.summed(loss.detach())):
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
        distributed.average_gradients(self.model)
        nn.utils.clip_grad_norm_(self.model.parameters(), plan.clip)
        self.optimiser.step()
        self.average.update(self.model)

    def validate(self) -> dict[str, float]:
        """What the averaged model is worth: see ``validation``."""
        looked_at = self.recipe, self.average.model, self.validation
        scores = measure(*looked_at, self.device)
        if self.encoder is not None:
            scores["val/frechet"] = frechet(*looked_at, self.encoder.to(self.device))
        return scores

    def sample(self) -> tuple[Motion, Motion]:
        """A real motion and the averaged model's: see ``validation.sample``."""
        return sample(self.recipe, self.average.model, self.validation, self.device)

    def _settle(self, scores: Mapping[str, float]) -> None:
        """Write the model if it is to be kept, and the state to resume from."""
        validation = scores[f"val/{self.config.training.select}"]
        better = validation < self.standing.best
        self.standing.best = min(validation, self.standing.best)
        self.standing.stale = 0 if better else self.standing.stale + 1
        if not distributed.leads():
            return
        if better or self.config.training.keep_last:
            target = self.config.out / BEST
            save(target, self.average.model, self._notes(scores), half=self.config.half)
        write_state(self.config.out / STATE, self.state())

    def _notes(self, scores: Mapping[str, float]) -> dict[str, Any]:
        """What is kept beside the weights."""
        store, plan = self.streams.store, self.config.training
        notes: dict[str, Any] = {"epoch": self.standing.epoch}
        notes |= {f"validation_{k[4:]}": v for k, v in scores.items() if k in SHOWN}
        if self.model.config.n_words:
            notes["vocabulary"] = self.streams.vocabulary
        if plan.early_words:
            notes["early_words"] = True
        if self.streams.by_number:
            notes["speakers"] = [store.speakers[s].name for s in store.trained]
        if home := store.index.get("home"):
            notes["home"] = home
        return notes | self.recipe.notes()

    def state(self) -> dict[str, Any]:
        """All that ``restore`` needs for the same numbers."""
        adversary = self.recipe.adversary
        return {
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "updates": self.average.updates,
            "optimiser": self.optimiser.state_dict(),
            "adversary": adversary.state() if adversary else None,
            "standing": vars(self.standing).copy(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from ``state``; raises InputError when it is of other sizes."""
        try:
            self.model.load_state_dict(state["model"])
            self.average.model.load_state_dict(state["average"])
            self.average.updates = state["updates"]
            self.optimiser.load_state_dict(state["optimiser"])
            if self.recipe.adversary and state["adversary"]:
                self.recipe.adversary.restore(state["adversary"])
            self.standing = Standing(**state["standing"])
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"'{self.config.out / STATE}' is of another system, other sizes or other data "
                "(speakers, words) than this configuration: set them alike or train anew."
            ) from error


def train(
    config_path: str | Path,
    overrides: Sequence[str] = (),
    resume: bool = False,
    progress: Progress = print,
) -> Path:
    """Train as a configuration says; returns the best checkpoint.

    resume: go on from the run's last epoch; the numbers are those of an unbroken run.
    Raises InputError for a bad configuration, data set or state, and for a run that is there
    already unless it is to go on.
    """
    config = load_config(config_path, overrides)
    if config.training.threads:
        torch.set_num_threads(config.training.threads)
    with distributed.together(), _said_once():
        _check_shares(config.training.batch)
        if not resume:
            check_unused(config.out)
        trainer = Trainer(config)
        if resume:
            trainer.restore(read_state(config.out / STATE))
            trainer.check_left()
        if distributed.leads():
            remove_parts(config.out)
        return trainer.run(progress)


@contextmanager
def _said_once() -> Iterator[None]:
    """What is wrong is wrong in every process; the leading one says so."""
    try:
        yield
    except InputError:
        if distributed.leads():
            raise
        raise SystemExit(2) from None


def _check_shares(batch: int) -> None:
    if batch % distributed.count():
        raise InputError(
            f"training.batch = {batch} cannot be shared by {distributed.count()} processes: "
            "make it a multiple of their number."
        )


def _matching_store(config: TrainingConfig) -> Store:
    store = Store(config.data)
    if config.model.skeleton != store.skeleton:
        raise InputError(
            f"'{store.folder}' is of the skeleton '{store.skeleton}' but model.skeleton is "
            f"'{config.model.skeleton}': set them alike."
        )
    check_alike(config.model.windows, "[model] asks for", store.cut, f"'{store.folder}' has")
    return store


def _schedule(epoch: int, step: int, plan: Optimisation) -> float:
    """Share of the learning rate: a linear warm-up, then half a cosine to ``final_rate``."""
    warm = min(1.0, (step + 1) / max(1, plan.warmup))
    steps = plan.rate_factor ** (epoch // plan.rate_step) if plan.rate_step else 1.0
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / plan.epochs)))
    return float(warm * steps * (plan.final_rate + (1 - plan.final_rate) * fall))
