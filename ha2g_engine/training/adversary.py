# SPDX-License-Identifier: GPL-3.0-or-later
"""A discriminator, its optimiser and its part in a training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ha2g_engine import distributed, losses


@dataclass(frozen=True)
class Game:
    """discriminator and generator: the players' losses; rate: share of the generator's greatest."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
    rate: float


LOGARITHMIC = Game(losses.discriminator_adversarial, losses.generator_adversarial, 0.2)
LEAST_SQUARES = Game(losses.least_squares_discriminator, losses.least_squares_generator, 1.0)


class Adversary:
    """Judges poses; learns from the same forward pass that trains the generator.

    rate: the generator's greatest learning rate. share: of it, the discriminator's, which stays;
    0 = the game's.
    """

    def __init__(self, network: nn.Module, game: Game, rate: float, share: float = 0.0) -> None:
        self.network, self.game = network, game
        betas = (0.5, 0.999)
        own = rate * (share or game.rate)
        self.optimiser = torch.optim.Adam(network.parameters(), own, betas)

    def learn(self, real: Tensor, fake: Tensor) -> float:
        """One step of the discriminator on (B, 34, D) poses; its loss."""
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.game.discriminator(self.network(real), self.network(fake.detach()))
        loss.backward()  # type: ignore[no-untyped-call]
        distributed.average_gradients(self.network)
        self.optimiser.step()
        return float(loss.detach())

    def term(self, fake: Tensor) -> Tensor:
        """The generator's loss on its poses (B, 34, D); the discriminator is not changed."""
        self.network.requires_grad_(requires_grad=False)
        loss = self.game.generator(self.network(fake))
        self.network.requires_grad_(requires_grad=True)
        return loss

    def state(self) -> dict[str, Any]:
        """All that ``restore`` needs."""
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from ``state``, as fast as it is set now."""
        self.network.load_state_dict(state["network"])
        rates = [group["lr"] for group in self.optimiser.param_groups]
        self.optimiser.load_state_dict(state["optimiser"])
        for group, rate in zip(self.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate
