"""What is particular to one family, and which family a variable gets."""

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families import Noise, default_generator, generator_from_config, make_generator
from dofx.runtime.families.atoms import AtomsGenerator, find_atoms
from dofx.runtime.families.base import Family
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.neural.marginals import Marginals
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Image, Real, VariableType, parse_type

BOOL, FIVE, HUNDRED = parse_type("bool"), parse_type("category(5)"), parse_type("category(100)")


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# ── table ──


def test_a_table_holds_the_empirical_conditional() -> None:
    x, y = torch.randint(5, (2, 1_000), generator=torch.Generator().manual_seed(0))
    table = TableGenerator(FIVE, [FIVE])
    table.fit(y, [x], FitSettings())
    counts = torch.zeros(5, 5, dtype=torch.float64).index_put_(
        (x, y), torch.tensor(1.0).double(), accumulate=True
    )
    torch.testing.assert_close(table.table, counts / counts.sum(1, keepdim=True), atol=1e-6, rtol=0)


def test_without_other_conditions_a_cell_never_seen_holds_the_marginal() -> None:
    y, x = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 1, 1])
    table = TableGenerator(BOOL, [FIVE])
    table.fit(y, [x], FitSettings())
    torch.testing.assert_close(table.table[4].float(), torch.tensor([0.75, 0.25]))
    assert bool(table.table.sum(-1).sub(1).abs().max() < 1e-12)


def sparse() -> tuple[Tensor, Tensor, Tensor]:
    """Rows in which y follows b, hardly a, and half of the combinations of a and b are missing."""
    source = torch.Generator().manual_seed(0)
    a, b = torch.randint(5, (2, 3_000), generator=source)
    y = torch.where(
        torch.rand(3_000, generator=source) < 0.9, b, torch.randint(5, (3_000,), generator=source)
    )
    kept = (a + b) % 2 == 0
    return y[kept], a[kept], b[kept]


def test_a_combination_never_seen_holds_what_the_more_telling_condition_says() -> None:
    y, a, b = sparse()
    table, other_way = TableGenerator(FIVE, [FIVE, FIVE]), TableGenerator(FIVE, [FIVE, FIVE])
    table.fit(y, [a, b], FitSettings())
    other_way.fit(y, [b, a], FitSettings())
    torch.testing.assert_close(table.table, other_way.table.transpose(0, 1))
    for i in range(5):
        for j in range(5):
            rows = y[b == j] if (i + j) % 2 else y[(a == i) & (b == j)]
            share = torch.bincount(rows, minlength=5).double() / len(rows)
            torch.testing.assert_close(table.table[i, j], share, atol=0.03 if (i + j) % 2 else 1e-6, rtol=0)


def test_a_table_depends_on_neither_the_order_of_rows_nor_the_seed() -> None:
    y, a, b = sparse()
    table, shuffled = TableGenerator(FIVE, [FIVE, FIVE]), TableGenerator(FIVE, [FIVE, FIVE])
    table.fit(y, [a, b], FitSettings())
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(1))
    shuffled.fit(y[order], [a[order], b[order]], FitSettings(seed=7))
    assert torch.equal(table.table, shuffled.table)


def test_a_pseudo_count_pulls_combinations_that_were_seen() -> None:
    y, a, b = sparse()
    plain, pulled = TableGenerator(FIVE, [FIVE, FIVE]), TableGenerator(FIVE, [FIVE, FIVE], smoothing=50.0)
    for table in (plain, pulled):
        table.fit(y, [a, b], FitSettings())
    rows = ((a == 0) & (b == 2)).sum()
    prior = pulled.table[1, 2]  # never seen: the prior itself, which hardly depends on a
    expected = (plain.table[0, 2] * rows + 50 * prior) / (rows + 50)
    torch.testing.assert_close(pulled.table[0, 2], expected)


def test_a_state_without_probability_is_not_drawn() -> None:
    table = TableGenerator(parse_type("category(4)"), [])
    table.set_table(torch.tensor([0.0, 0.3, 0.7, 0.0]))
    noise = torch.cat([torch.rand(100_000), torch.tensor([0.0, 1 - 2**-24])])
    assert set(table(noise).tolist()) == {1, 2}


# ── atoms and flows ──


def test_zeros_come_back_as_exact_zeros_and_a_ceiling_as_itself() -> None:
    rows = 5_000
    income = normal(rows).exp().clamp(max=4.5)
    income[torch.rand(rows, generator=torch.Generator().manual_seed(1)) < 0.3] = 0
    generator = AtomsGenerator(Real(), [])
    generator.fit(income, [], FitSettings(epochs=20))
    assert generator.values.tolist() == [0.0, 4.5]
    drawn = generator(normal(20_000, 2)).detach()
    for atom in (0.0, 4.5):
        expected = float((income == atom).float().mean())
        assert float((drawn == atom).float().mean()) == pytest.approx(expected, abs=0.015)
    rebuilt = generator_from_config(generator.config())
    rebuilt.load_state_dict(generator.state_dict())
    assert torch.equal(rebuilt(normal(100, 2)), generator(normal(100, 2)))


def test_a_value_between_few_values_has_no_probability() -> None:
    generator = AtomsGenerator(Real(), [])
    generator.fit(torch.tensor([0.5, 1.5] * 50), [], FitSettings(epochs=5))
    assert generator.log_prob(torch.tensor([1.0])).item() == -torch.inf


@pytest.mark.parametrize(
    ("column", "atoms"),
    [
        (torch.full((30,), 3.7), [3.7]),
        (normal(1_000), []),
        (torch.tensor([0.5, 1.5, 2.5] * 20), [0.5, 1.5, 2.5]),
        ((18 + 60 * torch.rand(3_000, generator=torch.Generator().manual_seed(0))).round(), []),
        (torch.cat([(40 + 12 * normal(3_000)).round(), torch.full((2_000,), 40.0)]), [40.0]),
        (torch.cat([torch.zeros(4), normal(50)]), []),
    ],
    ids=["constant", "continuous", "few", "ages", "hours", "too few rows"],
)
def test_atoms_are_values_that_stand_out(column: Tensor, atoms: list[float]) -> None:
    assert find_atoms(column).tolist() == pytest.approx(atoms)


def test_whole_numbers_keep_their_mean_and_spread() -> None:
    ages = (18 + 60 * torch.rand(3_000, generator=torch.Generator().manual_seed(0)) ** 1.5).round()
    generator = AtomsGenerator(Real(), [])
    generator.fit(ages, [], FitSettings(epochs=20))
    drawn = generator(normal(10_000, 2)).detach()
    assert float(drawn.mean()) == pytest.approx(float(ages.mean()), abs=1)
    assert float(drawn.std()) == pytest.approx(float(ages.std()), rel=0.05)


def test_heavy_tails_stay_near_the_data() -> None:
    wealth = (2 * normal(3_000)).exp()
    generator = SplineGenerator(Real(), [Real()])
    generator.fit(wealth, [normal(3_000, seed=1)], FitSettings(epochs=20))
    near, far = (generator(normal(100_000, seed=2), k * normal(100_000, seed=3)).detach() for k in (1, 50))
    assert float(near.median()) == pytest.approx(1, abs=0.15)
    for drawn in (near, far):
        assert float(drawn.max()) < 3 * float(wealth.max())
        assert float(drawn.min()) >= 0


@pytest.mark.parametrize("outlier", [1e7, -1e12])
def test_one_outlier_takes_nothing_from_the_other_rows(outlier: float) -> None:
    """All knots but the last used to be given up for it: the median of samples was ten thousand."""
    target, condition = normal(1_000), normal(1_000, seed=1)
    spoiled = torch.cat([condition[:-1], torch.tensor([outlier])])
    pull = target + 2 * condition
    pull[-1] = outlier
    generator = SplineGenerator(Real(), [Real()])
    generator.fit(pull, [spoiled], FitSettings(epochs=60))
    noise = normal(4_000, seed=2)
    for at in (-1.0, 0.0, 1.0):
        with torch.no_grad():
            drawn = generator(noise, torch.full((4_000,), at))
        assert float(drawn.median()) == pytest.approx(2 * at, abs=0.25)
        assert float((drawn - 2 * at).abs().quantile(0.9)) == pytest.approx(1.64, abs=0.25)


def test_a_very_heavy_tail_leaves_the_quantiles_of_the_rest() -> None:
    """Nine decades: from a hundred thousandth to a hundred thousand."""
    wealth = (5 * normal(2_000)).exp()
    generator = SplineGenerator(Real(), [])
    generator.fit(wealth, [], FitSettings(epochs=100))
    with torch.no_grad():
        drawn = generator(normal(20_000, seed=3))
    shares = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95])
    apart = drawn.quantile(shares).log() - wealth.quantile(shares).log()
    assert float(apart.abs().max()) < 0.7  # of 5, a standard deviation of the logarithm


@pytest.mark.parametrize("scale", [1e-28, 1e-6, 1.0, 1e6, 1e28])
def test_the_marginal_map_and_its_inverse(scale: float) -> None:
    columns = torch.stack([normal(500), normal(500).exp(), normal(500).round()], -1) * scale
    marginals = Marginals(3)
    marginals.fit(columns)
    scores, log_slope = marginals.with_log_slope(columns)
    torch.testing.assert_close(marginals.inverse(scores), columns, rtol=1e-3, atol=1e-4 * scale)
    assert float(scores.std(0).sub(1).abs().max()) < 0.1
    step = 1e-3 * scale
    slope = (marginals(columns + step).double() - marginals(columns - step).double()) / (2 * step)
    assert float((slope.log() - log_slope).abs().median()) < 0.01


@pytest.mark.parametrize("scale", [1e-28, 1e28])
@pytest.mark.parametrize("family", [AtomsGenerator, SplineGenerator, FlowMatchingGenerator])
def test_a_unit_changes_nothing_but_the_unit(family: type[Family], scale: float) -> None:
    """Masses of stars in kilograms and charges of electrons in coulombs: float32 holds them, not their squares."""
    y, x = normal(200), normal(200, seed=1)
    shape = (2,) if family is FlowMatchingGenerator else ()
    columns = y.unsqueeze(-1).repeat(1, 2) if shape else y
    drawn = []
    for unit in (1.0, scale):
        generator = family(Real(shape), [Real(), Image(1, 2, 2)])
        given = [x * unit, (x * unit).reshape(-1, 1, 1, 1).expand(-1, 1, 2, 2)]
        generator.fit(columns * unit, given, FitSettings(epochs=3))
        noise = generator.noise.draw(100, torch.Generator().manual_seed(2))
        with torch.no_grad():
            drawn.append(generator(noise, *(values[:100] for values in given)).double() / unit)
    torch.testing.assert_close(drawn[1], drawn[0], rtol=1e-3, atol=1e-3)


def test_a_network_beats_the_marginal_on_a_hundred_states() -> None:
    x = torch.randint(100, (5_000,), generator=torch.Generator().manual_seed(0))
    y = (x + torch.randint(3, (5_000,), generator=torch.Generator().manual_seed(1))) % 100
    report = SoftmaxGenerator(HUNDRED, [HUNDRED]).fit(y, [x], FitSettings())
    assert report.score is not None
    assert report.score > -2  # chance is -4.6, the truth -1.1


# ── the choice of a family ──


@pytest.mark.parametrize(
    ("target", "given", "rows", "family"),
    [
        (BOOL, [], 3, "table"),
        (BOOL, [FIVE, FIVE], 10, "table"),
        (BOOL, [HUNDRED], 199, "softmax"),
        (BOOL, [HUNDRED], 200, "table"),
        (HUNDRED, [HUNDRED, HUNDRED], 10**7, "table"),
        (HUNDRED, [HUNDRED, HUNDRED, BOOL], 10**7, "softmax"),
        (BOOL, [Real()], 10**6, "softmax"),
        (FIVE, [Image(1, 8, 8)], 100, "softmax"),
        (Real(), [], 10, "atoms"),
        (Real(), [BOOL, Real((3,))], 10, "atoms"),
        (Real((4,)), [BOOL], 10, "spline"),
        (Image(1, 8, 8), [BOOL, Real(), Image(3, 16, 16)], 10, "flow-matching"),
    ],
)
def test_the_default_follows_the_types(
    target: Finite | Real, given: list[Finite | Real | Image], rows: int, family: str
) -> None:
    assert default_generator(target, given, rows).family == family


def test_a_generator_as_asked_for() -> None:
    class Own(nn.Module):
        noise = Noise((), "normal")

    own = Own()
    assert make_generator(own, Real(), []) is own
    assert make_generator("softmax", BOOL, []).family == "softmax"
    assert make_generator(SoftmaxGenerator, BOOL, []).family == "softmax"
    spline = make_generator(lambda target, given: SplineGenerator(target, given, hidden=(8,)), Real(), [BOOL])
    assert spline.config()["options"]["hidden"] == [8]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("tabel", "E0409"),
        ("table", "E0410"),
        (TableGenerator, "E0410"),
        (nn.Linear(1, 1), "E0411"),
        (3, "E0411"),
    ],
)
def test_a_generator_that_cannot_be(spec: Any, code: str) -> None:
    with pytest.raises(DofxError) as raised:
        make_generator(spec, Real(), [])
    assert [d.code for d in raised.value.diagnostics] == [code]


THREE = Finite(("a", "b", "c"))


@pytest.mark.parametrize(
    ("made", "target", "given", "reason"),
    [
        (TableGenerator(BOOL, [BOOL]), THREE, [BOOL], "made to draw bool given bool, and here it would draw"),
        (TableGenerator(BOOL, [BOOL]), BOOL, [THREE], "given category('a', 'b', 'c')"),
        (TableGenerator(BOOL, []), BOOL, [BOOL], "made to draw bool, and here it would draw bool given bool"),
        (TableGenerator(BOOL, [BOOL]), BOOL, [], "made to draw bool given bool, and here"),
        (SoftmaxGenerator(THREE, []), BOOL, [], "made to draw category"),
        (SplineGenerator(Real((1,)), []), Real(), [], "made to draw real(1), and here it would draw real"),
        (SplineGenerator(Real(), [Real()]), Real(), [BOOL], "here it would draw real given bool"),
        (TableGenerator(BOOL, [BOOL]), Real(), [BOOL], "a table needs a finite variable"),
    ],
)
def test_a_generator_that_was_made_for_other_variables_is_refused(
    made: Family, target: VariableType, given: list[VariableType], reason: str
) -> None:
    """It failed in torch, or drew values of another shape."""
    with pytest.raises(DofxError) as raised:
        make_generator(made, target, given)
    (found,) = raised.value.diagnostics
    assert found.code == "E0410"
    assert reason in found.notes[0]


def test_a_generator_that_was_made_for_states_of_other_names_is_taken() -> None:
    made = TableGenerator(Finite((0, 1)), [THREE])
    assert make_generator(made, BOOL, [Finite((1, 2, 3))]) is made


def test_finite_programs_do_not_import_zuko() -> None:
    script = (
        "import sys, torch\n"
        "from dofx.runtime.families import *\n"
        "from dofx.runtime.training.settings import *\n"
        "from dofx.runtime.variables import *\n"
        "x = torch.tensor([0, 1] * 20)\n"
        "default_generator(parse_type('bool'), [parse_type('bool')], 40).fit(x, [x], FitSettings())\n"
        "assert 'zuko' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
