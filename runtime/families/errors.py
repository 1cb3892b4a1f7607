"""What can be wrong with families of generators and their options: a function for each error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import refused
from ..variables.faults import fault


def cannot_draw(family: str, reason: str) -> DofxError:
    """A family does not draw variables of that type."""
    return fault(
        "E0410",
        f"the family `{family}` cannot draw this variable",
        (reason,),
        ("choose another family, or none: dofx then takes one that fits the variable's type",),
    )


def no_family_draws(target: str, given: Sequence[str]) -> DofxError:
    """No family draws variables of that type."""
    return fault(
        "E0410",
        f"no family of generators draws {target}" + (f" given {', '.join(given)}" if given else ""),
        help=("pass a custom generator for it",),
    )


def unknown_family(name: str, known: Sequence[str], near: str | None) -> DofxError:
    """No family has that name."""
    return fault(
        "E0409",
        f"there is no family `{name}`",
        (f"families are {', '.join(known)}",),
        (f"did you mean `{near}`?",) if near else (),
    )


def not_a_generator(kind: str) -> DofxError:
    """An object is given where a generator is needed."""
    return fault(
        "E0411",
        f"`{kind}` is not a generator",
        help=(
            "to use a model from another library, wrap it: `from_function`, `from_classifier` and so on of "
            "`dofx.foreign`",
            "a custom generator is a torch module with an attribute `noise`, such as `Noise((), 'normal')`, whose "
            "forward takes noise and conditions",
        ),
    )


def unknown_law(law: str) -> DofxError:
    """The noise of a generator has a distribution that dofx does not draw."""
    return fault("E0411", f"there is no law of noise {law}", help=("give 'uniform' or 'normal'",))


def conditions_of_many_states(most: int) -> DofxError:
    """Real rows are to be picked by conditions that are not finite, or that have too many states together."""
    return fault(
        "E0410",
        "real rows are picked by finite conditions of few states",
        (f"the conditions may have {most:,} combinations of states together",),
        ("declare the conditions as categories, or let a family of generators learn the variable",),
    )


def no_joint_type(types: Mapping[str, str]) -> DofxError:
    """No generator draws variables of these types together."""
    return fault(
        "E0414",
        f"no one generator draws {' and '.join(types)}",
        (", ".join(f"{name} is {kind}" for name, kind in types.items()),),
        (
            "give one generator either images of one height, width and kind of pixels, or real numbers and vectors",
        ),
    )


# ── options ───────────────────────────────────────────────────────────────────────────────────────────────


def not_positive(name: str, value: float) -> DofxError:
    """A number has to be above 0, and is not."""
    return refused(f"{name} is {value}", "give a number above 0")


def size_out_of_range(name: str, value: int, least: int, most: int) -> DofxError:
    """The size of a network is too small, or no memory holds it."""
    return refused(f"{name} is {value:,}", f"give a whole number from {least} to {most:,}")


def temperature_out_of_range(temperature: float) -> DofxError:
    """A relaxation has a temperature that it cannot have."""
    return refused(f"the temperature is {temperature}", "give a number above 0 and up to 1")


def half_a_character() -> DofxError:
    """A piece of text is not whole characters of Unicode."""
    return refused("a piece holds half of a character", "give pieces that can be written in UTF-8")
