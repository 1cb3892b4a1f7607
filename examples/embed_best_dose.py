"""Choose the dose that heals best, by gradient ascent through a compiled sampler.

Sicker patients get higher doses and recover less, so those who got the best dose do not look best. The graph says
what to adjust for; the sampler of `P(recovery | do(dose))` does it, and its graph has gradients.

    python examples/embed_best_dose.py
"""

from __future__ import annotations

import numpy as np
import torch

import dofx

BEST = 2.0


def patients(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Rows of a world in which a dose of `BEST` heals best, whoever gets it."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=rows)
    dose = 2 + 0.8 * severity + 0.6 * rng.normal(size=rows)
    recovery = -((dose - BEST) ** 2) - 1.5 * severity + 0.5 * rng.normal(size=rows)
    return {"severity": severity, "dose": dose, "recovery": recovery}


def best_dose(sampler: dofx.Sampler, steps: int = 150, rows: int = 2_000) -> float:
    """The dose at which mean recovery is highest."""
    module = sampler.module.requires_grad_(False)  # the dose is to change, not the sampler
    dose = torch.tensor(0.5, requires_grad=True)
    optimiser = torch.optim.Adam([dose], lr=0.05)
    noise = module.draw_noise(rows, torch.Generator().manual_seed(0))
    for _ in range(steps):
        recovery = module(noise, {"dose": dose.expand(rows)}, {})["recovery"]
        optimiser.zero_grad()
        (-recovery.mean()).backward()
        optimiser.step()
    return dose.item()


def best_looking_dose(data: dict[str, np.ndarray]) -> float:
    """The dose at which those who got it recovered best: the top of a fitted parabola."""
    square, slope, _ = np.polyfit(data["dose"], data["recovery"], 2)
    return float(-slope / (2 * square))


def main(rows: int = 10_000, epochs: int | None = None) -> tuple[float, float]:
    """Fit, climb, and print what was found beside what the rows suggest."""
    data = patients(rows)
    sampler = dofx.compile("P(recovery | do(dose))", "severity -> {dose, recovery}; dose -> recovery")
    sampler.fit(data, epochs=epochs, progress=False)
    found, naive = best_dose(sampler), best_looking_dose(data)
    print(sampler.estimand)
    print(f"patients look best at a dose of {naive:.2f}, they recover best at {found:.2f}; truth: {BEST:.2f}")
    return found, naive


if __name__ == "__main__":
    main()
