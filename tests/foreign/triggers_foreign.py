"""What sets off the diagnostics of models from other libraries (E0412 and E0413)."""

import torch
from torch.distributions import Normal

from dofx.runtime.foreign import from_distribution, from_function
from dofx.runtime.foreign.filled import check_filled
from dofx.runtime.foreign.foreign import Place
from dofx.runtime.variables import Real

PLACE = Place("P(lung | smoking)", "lung", Real((3,)), {"smoking": Real()})
SMOKING = torch.zeros(3)


def too_long() -> None:
    filling = from_function(lambda noise, given: noise.unsqueeze(1) + given["smoking"].reshape(-1, 1, 1))
    check_filled(filling.fill(PLACE), PLACE, [SMOKING], "cpu")


def other_condition() -> None:
    filling = from_distribution(lambda given: Normal(given["smokes"], 1.0))
    check_filled(filling.fill(PLACE), PLACE, [SMOKING], "cpu")


TRIGGERS = {"E0412": too_long, "E0413": other_condition}
