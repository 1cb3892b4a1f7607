"""Reference generators that dofx does not ship, for `families.py`: a GAN and a VAE.

Each is a torch module that is a deterministic function of noise, which is all that `fit(generators=...)` asks for.
They are small, plain and trained once, as textbooks have them; nothing was tuned on the answers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dofx.runtime.families import Noise
from dofx.runtime.neural.features import Features
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.training.training import one_thread
from dofx.runtime.variables import Finite, VariableType, event_shape

STEPS, BATCH, WIDTH, LATENT = 3_000, 256, 128, 16


def perceptron(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, outputs),
    )


class Coding(nn.Module):
    """Values as standardised numbers and back; a finite variable as one-hot rows."""

    mean: Tensor
    scale: Tensor

    def __init__(self, type: VariableType) -> None:
        super().__init__()
        self.states = type.cardinality if isinstance(type, Finite) else 0
        self.shape = event_shape(type)
        self.width = self.states or prod(self.shape)
        self.register_buffer("mean", torch.zeros(self.width))
        self.register_buffer("scale", torch.ones(self.width))

    def fit(self, values: Tensor) -> None:
        if not self.states:
            flat = values.reshape(len(values), -1)
            self.mean, self.scale = flat.mean(0), flat.std(0).clamp(min=1e-3 * float(flat.std()))

    def forward(self, values: Tensor) -> Tensor:
        if self.states:
            return F.one_hot(values, self.states).float()
        return (values.reshape(len(values), -1) - self.mean) / self.scale

    def inverse(self, numbers: Tensor) -> Tensor:
        if self.states:
            return numbers.argmax(-1)
        return (numbers * self.scale + self.mean).reshape(len(numbers), *self.shape)


class Rival(nn.Module):
    """A generator with a coding of its target and features of its conditions."""

    def __init__(self, target: VariableType, given: Sequence[VariableType]) -> None:
        super().__init__()
        self.coding, self.features = Coding(target), Features(given)

    @one_thread()
    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        started = time.perf_counter()
        self.coding.fit(target)
        self.features.fit(given)
        coded, read = self.coding(target), self.features(target, *given)
        steps = STEPS if settings.epochs is None else settings.epochs
        self.learn(coded, read, steps)
        epochs = math.ceil(steps * BATCH / len(target))
        return FitReport(None, epochs, len(target), time.perf_counter() - started)

    def learn(self, coded: Tensor, read: Tensor, steps: int) -> None:
        raise NotImplementedError


class Gan(Rival):
    """Goodfellow and others (2014) with conditions, and with the R1 penalty of Mescheder and others (2018)."""

    family = "GAN"

    def __init__(self, target: VariableType, given: Sequence[VariableType]) -> None:
        super().__init__(target, given)
        self.noise = Noise((LATENT,), "normal")
        self.maker = perceptron(LATENT + self.features.width, self.coding.width)
        self.critic = perceptron(self.coding.width + self.features.width, 1)

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return self.coding.inverse(self.maker(torch.cat([noise, self.features(noise, *given)], -1)))

    def made(self, read: Tensor) -> Tensor:
        """Coded samples; states are hard, with the gradient of soft ones."""
        numbers = self.maker(torch.cat([torch.randn(len(read), LATENT), read], -1))
        if not self.coding.states:
            return numbers
        soft = numbers.softmax(-1)
        return F.one_hot(soft.argmax(-1), self.coding.states) + soft - soft.detach()

    def learn(self, coded: Tensor, read: Tensor, steps: int) -> None:
        maker = torch.optim.Adam(self.maker.parameters(), 2e-4, betas=(0.5, 0.99))
        critic = torch.optim.Adam(self.critic.parameters(), 2e-4, betas=(0.5, 0.99))
        for _ in range(steps):
            index = torch.randint(len(coded), (BATCH,))
            real, beside = coded[index].clone().requires_grad_(), read[index]
            verdict = self.critic(torch.cat([real, beside], -1))
            slope = torch.autograd.grad(verdict.sum(), real, create_graph=True)[0]
            fake = self.critic(torch.cat([self.made(beside).detach(), beside], -1))
            loss = F.softplus(-verdict).mean() + F.softplus(fake).mean() + 0.5 * slope.square().sum(-1).mean()
            critic.zero_grad()
            loss.backward()
            critic.step()
            maker.zero_grad()
            F.softplus(-self.critic(torch.cat([self.made(beside), beside], -1))).mean().backward()
            maker.step()


class Vae(Rival):
    """Kingma, Welling (2014) with conditions; a normal decoder with learned scales, or a categorical one."""

    family = "VAE"

    def __init__(self, target: VariableType, given: Sequence[VariableType]) -> None:
        super().__init__(target, given)
        own = 1 if self.coding.states else self.coding.width
        self.noise = Noise((LATENT + own,), "normal")
        self.encoder = perceptron(self.coding.width + self.features.width, 2 * LATENT)
        self.decoder = perceptron(LATENT + self.features.width, self.coding.width)
        self.log_scale = nn.Parameter(torch.zeros(self.coding.width))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        latent, own = noise[:, :LATENT], noise[:, LATENT:]
        middle = self.decoder(torch.cat([latent, self.features(noise, *given)], -1))
        if self.coding.states:
            uniform = 0.5 * (1 + torch.erf(own / math.sqrt(2)))
            return (uniform >= middle.softmax(-1).cumsum(-1)[:, :-1]).sum(-1)
        return self.coding.inverse(middle + self.log_scale.exp() * own)

    def learn(self, coded: Tensor, read: Tensor, steps: int) -> None:
        optimiser = torch.optim.Adam(self.parameters(), 1e-3)
        for _ in range(steps):
            index = torch.randint(len(coded), (BATCH,))
            value, beside = coded[index], read[index]
            mean, log_scale = self.encoder(torch.cat([value, beside], -1)).clamp(-10, 10).chunk(2, -1)
            latent = mean + log_scale.exp() * torch.randn_like(mean)
            middle = self.decoder(torch.cat([latent, beside], -1))
            if self.coding.states:
                misfit = F.cross_entropy(middle, value.argmax(-1), reduction="none")
            else:
                wide = self.log_scale.clamp(min=-5)
                misfit = (0.5 * ((value - middle) / wide.exp()).square() + wide).sum(-1)
            code = (0.5 * (mean.square() + (2 * log_scale).exp() - 1) - log_scale).sum(-1)
            optimiser.zero_grad()
            (misfit + code).mean().backward()
            optimiser.step()
