"""What can be wrong with models from other libraries that are to fill a draw: a function for each error.

`fit` is the conditional that a model fills, as text, such as ``P(y | x)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables.faults import fault

# ── models of the wrong kind ──────────────────────────────────────────────────────────────────────────────


def not_a_classifier(kind: str) -> DofxError:
    """An object is not a classifier, or is not fitted."""
    return fault(
        "E0411",
        f"`{kind}` is not a fitted classifier",
        help=("a classifier has predict_proba, and classes_ once it is fitted",),
    )


def not_a_language_model(kind: str) -> DofxError:
    """An object is not a causal language model."""
    return fault(
        "E0411",
        f"`{kind}` is not a causal language model of transformers",
        help=("give one with `generate`, such as GPT2LMHeadModel",),
    )


def not_a_pipeline(kind: str) -> DofxError:
    """An object is not a diffusion pipeline."""
    return fault(
        "E0411",
        f"`{kind}` is not a diffusion pipeline",
        help=("it needs a scheduler, and a unet or a transformer",),
    )


def no_noise(fit: str, kind: str) -> DofxError:
    """A generator does not say which noise it takes."""
    return fault(
        "E0411",
        f"the generator of {fit}, {kind}, has no law of noise",
        help=("set its `noise`, such as Noise((), 'normal')",),
    )


# ── variables that a model does not draw ──────────────────────────────────────────────────────────────────


def cannot_draw(model: str, draws: str, type: str) -> DofxError:
    """A model fills a draw of another type than it draws.

    Args:
        model: What the model is, such as "a classifier".
        draws: What such a model draws, such as "a finite variable".
        type: The type of the variable.
    """
    return fault(
        "E0410", f"{model} draws {draws}, not {type}", help=("declare its type, or fill it in another way",)
    )


def no_law_of_text(target: str) -> DofxError:
    """A distribution is to draw text."""
    return fault(
        "E0410",
        "no distribution draws text",
        (f"{target} is text",),
        ("use `from_language_model` or a family of dofx",),
    )


# ── conditions and values ─────────────────────────────────────────────────────────────────────────────────


def unknown_condition(fit: str, name: str, known: Sequence[str] | None, near: str | None) -> DofxError:
    """A model reads a variable that is not a condition of its draw."""
    return fault(
        "E0413",
        f"the model for {fit} reads `{name}`, which is not one of its conditions",
        (f"its conditions are {', '.join(known)}" if known else "it has no conditions",),
        (f"did you mean `{near}`?",) if near else ("give a model of exactly this conditional",),
    )


def unknown_order(fit: str, conditions: Sequence[str]) -> DofxError:
    """A model reads several conditions as columns, and nothing says in which order."""
    return fault(
        "E0413",
        f"the model for {fit} reads its conditions in an order that is not known",
        help=(f"name them in that order: columns=[{', '.join(map(repr, conditions))}]",),
    )


def wrong_values(
    fit: str, target: str, expected: str, got: str, rows: int, encoded: bool, states: Sequence[str] | None
) -> DofxError:
    """A generator returns values that its draw cannot take.

    Args:
        fit: The conditional.
        target: Its draw.
        expected: Type, dtype, shape and device that the values must have.
        got: What the generator returned.
        rows: The number of rows that it was called with.
        encoded: Whether the values must be encoded, rather than the data's own.
        states: The states of a finite variable.
    """
    own = "encoded values: state numbers of a finite variable" if encoded else "the data's own values"
    among = f", each one of {', '.join(states)}" if states else ""
    return fault(
        "E0412",
        f"the generator of {fit} does not return what draw `{target}` takes",
        (f"expected {expected}{among}", f"got {got}"),
        (f"it was called with {rows} rows: return {own}, one per row",),
    )


def not_numbers(family: str, what: str) -> DofxError:
    """A model returns values or log-probabilities that are not numbers."""
    return fault(
        "E0412",
        f"a model from another library, {family}, returns {what} that are not numbers",
        help=("look at its parameters: a scale may be negative",),
    )


def no_weights_taken(fit: str, family: str) -> DofxError:
    """Rows are weighted, and a custom generator would count all of them alike."""
    return fault(
        "E0415",
        f"the rows of {fit} are weighted, and {family} does not take weights",
        ("without them it would learn the distribution of the sample, not of the population",),
        (
            "give its training a parameter `weights`: floats (rows,) with mean 1, or None",
            "or choose another generator",
        ),
    )
