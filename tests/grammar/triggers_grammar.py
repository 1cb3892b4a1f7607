"""What sets off the diagnostics of the language: E01 to E03, and E04 as far as a program's text shows it."""

from __future__ import annotations

from functools import partial

from dofx import effect, identify
from dofx.compiler.program import questions
from dofx.grammar.checks.program import check
from dofx.grammar.diagnostics.diagnostic import Diagnostic, heard
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query

GRAPH = "graph {\n  smoking -> tar -> cancer\n  smoking <-> cancer\n  latent gene\n}\n"


def faults(rest: str, graph: str = GRAPH) -> tuple[Diagnostic, ...]:
    return check(parse(graph + rest, "smoking.cq"))


def remarked(effect: str) -> tuple[Diagnostic, ...]:
    """The warnings that an effect sets off."""
    with heard() as found:
        questions(parse(f"{GRAPH}effect e = {effect}", "smoking.cq"))
    return tuple(found)


TRIGGERS = {
    "W0301": partial(remarked, "ate(smoking, cancer, 1, 0)"),
    "W0302": partial(remarked, "nie(cancer, tar, through smoking, 1, 0)"),
    "E0101": partial(parse_query, "P(cancer | tar | do(smoking))"),
    "E0102": partial(parse_query, "P(cancer | do(smoking, tar"),
    "E0103": partial(parse_query, "P(cancer | do(smoking) ☃ tar)"),
    "E0104": partial(parse_query, "P(cancer | age = 'young)"),
    "E0105": partial(parse_query, "P(cancer | do(smoking = 1e999))"),
    "E0106": partial(parse_effect, "-" * 101 + "1"),
    "E0107": partial(parse_query, "  "),
    "E0108": partial(parse_graph, 'smoking -> "\\u001b]0;tar\\u0007" -> cancer'),
    "E0201": partial(faults, "", "graph {\n  smoking -> tar\n  tar -> cancer -> {age, smoking}\n}"),
    "E0202": partial(faults, "", "graph {\n  smoking -> {tar, smoking}\n}"),
    "E0203": partial(parse_graph, "pag {\n  smoking @-> tar\n  tar -> cancer\n}"),
    "E0301": partial(faults, "query risk = P(cancer | do(smokng))"),
    "E0302": partial(faults, "query risk = P(Y | do(xx))", "graph { Xx -> XX -> Y }\n"),
    "E0303": partial(faults, "query risk = P(cancer, tar | do(smoking), tar)"),
    "E0304": partial(faults, "query risk = P(cancer | do(smoking, cancer))"),
    "E0305": partial(faults, "query risk = P(cancer | do(smoking = 0, smoking = 1))"),
    "E0306": partial(faults, "query risk = P(cancer | do(smoking), gene)"),
    "E0307": partial(faults, "query risk = P(cancer)\nquery risk = P(tar)"),
    "E0308": partial(faults, "effect ate = E[cancer | do(smoking)] - E[cancer | do(smoking = 0)]"),
    "E0312": partial(faults, "query ett = P(cancer[smoking = true] | do(tar = 1), smoking = false)"),
    "E0313": partial(faults, "query ett = P(cancer[smoking] | smoking)"),
    "E0314": partial(faults, "query both = P(cancer[smoking = ?a, tar = ?a])"),
    "E0315": partial(faults, "query both = P(cancer[smoking ~ advice(tar)], tar[smoking ~ advice()])"),
    "E0316": partial(faults, "query less = P(cancer | do(tar = exp(tar) / 2))"),
    "E0317": partial(faults, "effect both = E[cancer * tar | do(smoking = 1)]"),
    "E0318": partial(identify, "P(cancer | do(smoking ~ advice(cancer)))", "smoking -> tar -> cancer"),
    "E0319": partial(faults, "effect direct = nde(cancer, smoking, true, false)"),
    "E0320": partial(
        effect, "pse(cancer, smoking, along smoking -> tar -> cancer, 1, 0)", "smoking -> cancer -> tar", {}
    ),
    "E0321": partial(faults, "data P person id dates born in yers\nquery risk = P(cancer)"),
    "E0322": partial(faults, 'data P from "people.csv", "labs.csv"\nquery risk = P(cancer)'),
    "E0401": partial(faults, "variables {\n  tar : reel\n}"),
    "E0402": partial(faults, "variables {\n  tar : image(28, 28)\n}"),
    "E0403": partial(
        faults, "variables {\n  tar : category('low', 'high')\n}\nquery risk = P(cancer | tar = 'hig')"
    ),
    "E0511": partial(faults, "data survey weights tar cluster household\nquery risk = P(cancer)"),
    "E0404": partial(faults, "variables {\n  tar : real\n}\nquery risk = P(cancer | do(tar = 'high'))"),
}
