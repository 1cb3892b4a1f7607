"""Bad input of every kind: a clear diagnostic on stderr, exit status 2, no traceback, and nothing lost."""

import functools
from pathlib import Path

import pytest
from click.testing import CliRunner

from dofx.cli.app import cli
from dofx.runtime.sampler import Sampler
from faces.shop import dofx

QUERY = "P(y | do(x))"
BOW = "x -> z -> y; x <-> y"


def run(data: str, program: str = "good.cq", *more: str) -> tuple[str, ...]:
    return ("run", program, "--data", data, *more)


BAD = [
    # queries
    (("identify", "P(y | do(x)", "-g", BOW), "error[E0102]: `(` is not closed"),
    (("identify", "P(y | do(smokng))", "-g", "smoking -> y"), "did you mean `smoking`?"),
    (("identify", "P(y | do(x), x)", "-g", BOW), "both set by `do` and a condition"),
    (("identify", "P(y | do(y))", "-g", BOW), "error[E0304]"),
    (("identify", QUERY), "A query needs its graph"),
    (
        ("identify", "P(y | do(x), u)", "-g", "dag { u [latent] u -> {x y} x -> y }"),
        "error[E0306]: `u` is latent",
    ),
    (("fit", "P(u)", "-g", "dag { u [latent] u -> x }", "--data", "rows.csv", "-o", "new"), "error[E0306]"),
    (("explain", "unknown.cq"), "did you mean `x`?"),
    (("compile", QUERY), "A query needs its graph"),
    (("explain", QUERY, "-g", BOW, "--weights", "refits=1"), "did you mean `refit`?"),
    (("explain", QUERY, "-g", BOW, "--html", "page.pdf"), "end its name in .html"),
    (("explain", QUERY, "-g", BOW, "--svg", "drawing.html"), "end its name in .svg"),
    (("explain", QUERY, "-g", BOW, "--html", "rows.csv/page.html"), "not a directory"),
    (("explain", QUERY, "-g", BOW, "--data", "missing.csv"), "has no column"),
    (("explain", "bundle", "--weights", "row=1"), "A bundle is compiled already"),
    (("explain", "bundle", "--data", "missing.csv"), "has no column `z`"),
    (("explain", "headless"), "error[E0601]"),
    (("compile", QUERY, "-g", BOW, "--weights", "refit"), "not a number of at least 0"),
    (("run", "good.cq", "--data", "rows.csv", "--weights", "row=-1"), "not a number of at least 0"),
    (("compile", QUERY, "-g", BOW, "--avoid", "zz"), "unknown variable `zz`"),
    (("fit", QUERY, "-g", BOW, "--data", "rows.csv", "-o", "new", "--avoid", "y"), "error[E0303]"),
    (("fit", "P(y | do(x", "-g", BOW, "--data", "rows.csv", "-o", "new"), "error[E0102]"),
    (("effect", "E[y | do(x)]", "-g", BOW, "--data", "rows.csv"), "has no value"),
    (("effect", "E[y] -", "-g", BOW, "--data", "rows.csv"), "error[E0101]"),
    # graphs
    (("identify", QUERY, "-g", "x -> y -> x"), "the graph has a cycle: x -> y -> x"),
    (("identify", QUERY, "-g", "x -> x"), "error[E0202]"),
    (("identify", QUERY, "-g", "x o-> y"), "error[E0203]"),
    (("identify", QUERY, "-g", ""), "error[E0107]"),
    (("identify", QUERY, "-g", "nowhere.dagitty"), "there is no file `nowhere.dagitty`"),
    (("identify", QUERY, "-g", "folder.cq"), "is a directory"),
    (
        ("identify", QUERY, "-g", "https://example.org/graph.dot"),
        "`https://example.org/graph.dot` is an address",
    ),
    (("identify", QUERY, "-g", "https://example.org/graph"), "download the file first"),
    (("identify", "-g", "good.cq"), "leave -g out to answer them: `dofx identify good.cq`"),
    (("run", "-g", "good.cq", "--data", "rows.csv"), "leave -g out to answer them: `dofx run good.cq`"),
    (("identify", QUERY, "-g", "graph { x -> y } query a = P(y)"), "the graph ends here"),
    (run("https://example.org/rows.csv"), "`https://example.org/rows.csv` is an address"),
    (run("https://example.org/rows?of=1"), "`https://example.org/rows?of=1` is an address"),
    (run("file:///rows.csv"), "leave `file://` out: `/rows.csv`"),
    (
        ("identify", QUERY, "-g", "dag { s [selected] x -> y -> s }"),
        "error[E0208]: the selection of the data",
    ),
    (("identify", QUERY, "-g", "mag { x -> y }"), "error[E0203]"),
    (("identify", QUERY, "-g", '"\\u001b[2J" -> x -> y'), "error[E0108]"),
    (("draw",), "There is nothing to draw"),
    (("draw", "-g", BOW, "-o", "graph.gif"), "end its name in .svg"),
    (("draw", "-g", BOW, "-o", "rows.csv/graph.svg"), "not a directory"),
    (("draw", "-g", BOW, "--query", QUERY, "--network", QUERY), "pass one of them"),
    (("draw", "-g", BOW, "--network", "1"), "asks for 0 queries"),
    (("draw", "-g", BOW, "--network", "E[y | do(x = 1)] - E[y | x = 1]"), "asks for 2 queries"),
    # programs
    (("identify", "typo.cq"), "`)` is missing"),
    (("identify", "latin.cq"), "not UTF-8"),
    (("identify", "god.cq"), "did you mean `good.cq`?"),
    (("check", "typo.cq", "unknown.cq", "overlap.cq", "cycle.cq"), "the graph has a cycle"),
    (("check", "folder.cq"), "is a directory"),
    (("fmt", "typo.cq"), "error[E0102]"),
    (("run", "graphless.cq", "--data", "rows.csv"), "error[E0205]"),
    (("run", "silent.cq", "--data", "rows.csv"), "asks no question"),
    (("run", "open.cq", "--data", "rows.csv"), "which value?"),
    (("run", "zero.cq", "--data", "rows.csv"), "divides by zero"),
    (("run", "state.cq", "--data", "rows.csv"), "no such state"),
    (("effect", "good.cq", "--data", "rows.csv"), "the program has no effect"),
    (("fit", "good.cq", "--data", "rows.csv", "-o", "new", "--query", "rsk"), "did you mean `risk`?"),
    # data
    (run("missing.csv"), "has no column `z`"),
    (run("nan.csv"), "column `y` has 1 hole in"),
    (run("words.csv", "real.cq"), "where a number is expected"),
    (run("words.csv", "category.cq"), "is not a state of column `y`"),
    (run("nine.csv", "category.cq"), "9 is not a state of column `y`"),
    (run("none.csv"), "has no rows"),
    (run("ragged.csv"), "cannot be read as CSV"),
    (run("twice.csv"), "columns of the same name: `x`"),
    (run("binary.csv"), "cannot be read as CSV"),
    (run("empty.csv"), "no header line"),
    (run("cut.parquet"), "cannot be read as Parquet"),
    (run("rows.xlsx"), "not a CSV, Parquet, Arrow or .npz file"),
    (run("row.csv"), "did you mean `rows.csv`?"),
    (run("."), "not a CSV, Parquet, Arrow or .npz file"),
    # training
    (run("rows.csv", "good.cq", "--generator", "y"), "NAME=FAMILY"),
    (run("rows.csv", "good.cq", "--generator", "w=table"), "which the network does not draw"),
    (run("rows.csv", "good.cq", "--generator", "y=tabel"), "did you mean `table`?"),
    (run("rows.csv", "good.cq", "--generator", "x,y=spline"), "x and y are not drawn by one generator"),
    (run("rows.csv", "good.cq", "--device", "gpu"), "cannot be used here"),
    (run("rows.csv", "good.cq", "--epochs", "0"), "--epochs"),
    (("fit", "good.cq", "--data", "rows.csv", "-o", "."), "holds files that are not part of a bundle"),
    (("fit", "good.cq", "--data", "rows.csv", "-o", "rows.csv"), "holds files that are not part of a bundle"),
    # bundles
    (("sample", "nowhere"), "there is no folder `nowhere`"),
    (("sample", "truncated", "--do", "x=1"), "was changed or cut short"),
    (("sample", "cut", "--do", "x=1"), "was changed or cut short"),
    (("sample", "headless", "--do", "x=1"), "saving or copying it was cut short"),
    (("sample", "weightless", "--do", "x=1"), "lacks its file"),
    (("sample", "newer", "--do", "x=1"), "written by a newer dofx"),
    (("sample", "foreign", "--do", "x=1"), "is not a bundle"),
    (("sample", "."), "is not a bundle"),
    # values
    (("sample", "bundle"), "give it: --do x=VALUE"),
    (("sample", "bundle", "--do", "x"), "NAME=VALUE"),
    (("sample", "bundle", "--do", "x=2"), "2 is not a state of do(x)"),
    (("sample", "bundle", "--do", "x=yes"), "is not a state of do(x)"),
    (("sample", "bundle", "--do", "x=[1, 2]"), "is not a state of do(x)"),
    (("sample", "bundle", "--do", "z=1", "--do", "x=1"), "`z` is not an intervention"),
    (("sample", "bundle", "--given", "x=1"), "give it as --do x=VALUE"),
    (("sample", "bundle", "--do", "x=1", "--do", "x=0"), "two values"),
    (("sample", "bundle", "--do", "x=1", "-n", "0"), "-n"),
    (("sample", "bundle", "--do", "x=1", "-o", "rows.txt"), "end its name in .parquet"),
    (("sample", "bundle", "--do", "x=1", "-o", "rows.csv/rows.csv"), "cannot be read or written"),
    # commands
    (("idnetify",), "Did you mean 'identify'?"),
    (("run", "--wat"), "--wat"),
    (("check",), "PROGRAMS"),
]


@pytest.mark.parametrize(("command", "said"), BAD, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_bad_input_is_a_diagnostic(command: tuple[str, ...], said: str, shop: Path) -> None:
    before = contents(shop)
    result = dofx(*command)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    assert contents(shop) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("program", ["real.cq", "category.cq"])
def test_the_word_among_numbers_is_named(program: str, shop: Path) -> None:
    said = dofx(*run("words.csv", program)).stderr
    assert "high" in said.splitlines()[0]
    assert "row 399 of 400" in said


def test_all_faults_are_reported_at_once(shop: Path) -> None:
    said = dofx("check", "typo.cq", "unknown.cq", "overlap.cq").stderr
    assert [said.count(code) for code in ("E0102", "E0301", "E0304", "E0305")] == [1, 2, 1, 1]


def test_an_extra_column_is_only_noted(shop: Path) -> None:
    result = dofx(*run("extra.csv"))
    assert result.exit_code == 0
    assert "note: 1 column not in the graph, left unread: w" in result.stderr


def test_a_fault_of_dofx_itself_is_owned_up_to(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @functools.wraps(Sampler.fit)  # the command line reads which options there are
    def fail(*arguments: object, **options: object) -> None:
        error = RuntimeError("the wheel came off")
        error.add_note("dofx: while fitting P(y | x, z)")
        raise error

    monkeypatch.setattr("dofx.runtime.sampler.Sampler.fit", fail)
    result = dofx(*run("rows.csv"))
    assert result.exit_code == 70
    assert "internal error: RuntimeError: the wheel came off" in result.stderr
    assert "while fitting P(y | x, z)" in result.stderr
    monkeypatch.setenv("DOFX_TRACEBACK", "1")
    assert isinstance(dofx(*run("rows.csv")).exception, RuntimeError)


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (("run", "first.cq", "rows.csv"), "Rows are passed by --data."),
        (("implications", "first.cq"), "is passed by -g."),
        (("draw", "first.cq", "-o", "g.svg"), "is passed by -g."),
        (("identify", "P(y | do(x))", "x -> y"), "is passed by -g."),
    ],
)
def test_what_stands_in_no_place_gets_advice_on_its_option(line: tuple[str, ...], option: str) -> None:
    result = CliRunner().invoke(cli, list(line), prog_name="dofx")
    assert (result.exit_code, option in result.output) == (2, True), result.output
