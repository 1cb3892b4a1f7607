"""Every diagnostic's code and what it stands for. A code keeps its meaning for good."""

from __future__ import annotations

CODES: dict[str, str] = {
    # E01: the text cannot be read
    "E0101": "something else was expected here",
    "E0102": "a bracket is not closed",
    "E0103": "a character that the language does not know",
    "E0104": "a quotation mark is not closed",
    "E0105": "a number that is too large",
    "E0106": "an expression that is nested too deeply",
    "E0107": "there is no text",
    # E02: the graph
    "E0201": "the graph has a cycle",
    "E0202": "an edge from a variable to itself",
    "E0203": "an edge that is undecided",
    "E0204": "an object that is not a causal graph",
    "E0205": "a program without a graph",
    "E0206": "a second graph",
    # E03: queries and effects
    "E0301": "an unknown variable",
    "E0302": "a name that fits several variables but for its case",
    "E0303": "a variable in two roles at once",
    "E0304": "a `do` on an outcome",
    "E0305": "a variable written twice",
    "E0306": "a latent variable in a query",
    "E0307": "a name given twice",
    "E0308": "an effect that is not a number",
    "E0309": "a program that asks nothing",
    # E04: variables and their values
    "E0401": "an unknown type",
    "E0402": "arguments that do not fit their type",
    "E0403": "a value that is not one of its variable's states",
    "E0404": "a value of the wrong kind",
    "E0405": "a value that is missing",
    "E0406": "values of the wrong shape, or too many or too few",
    "E0407": "values that cannot be encoded",
    "E0408": "values that no type suits",
    # E0409: generators
    "E0409": "an unknown family of generators",
    "E0410": "a family that cannot draw the variable",
    "E0411": "something that is not a generator",
    # E042: what a sampler is asked
    "E0420": "a sampler that has not been fitted",
    "E0421": "a value for a variable that is not in the query",
    "E0422": "a value for a variable in another role",
    "E0423": "an intervention or condition without a value",
    "E0424": "a number of rows that is none",
    "E0425": "a distribution that cannot be computed exactly",
    "E0426": "a generator for something that is not drawn",
    "E0427": "a part of an effect that is not a number",
    "E0428": "an effect that divides by zero",
    "E0429": "a library that is not installed",
    # E043: how rows are made
    "E0430": "an unknown precision",
    "E0431": "a start, a chunk or a number of threads that is none",
    "E0432": "a file that cannot hold the rows",
    "E0433": "a dtype that is too narrow for the states",
    "E0434": "an effect that the sampler's query does not answer",
    "E0435": "a sampler without rows to judge it by",
    # E044: engines
    "E0440": "an unknown engine",
    "E0441": "a folder that holds other rows",
    # E05: data
    "E0501": "a file that is not there",
    "E0502": "data of an unknown kind",
    "E0503": "a file that cannot be read",
    "E0504": "a column that is not there",
    "E0505": "columns of the same name",
    "E0506": "data without rows",
    "E0507": "columns of unequal length",
    # E06: bundles
    "E0601": "a folder that is not a bundle",
    "E0602": "a bundle of a newer version",
    "E0603": "a bundle that lacks a file",
    "E0604": "a file of a bundle that was changed or cut short",
    "E0605": "a bundle that makes no sense",
    "E0606": "a folder that holds other things than a bundle",
    "E0607": "a generator of one's own that was not passed",
    "E0608": "a generator whose weights are laid out otherwise",
    # E07: estimands handed over as data
    "E0701": "data that are not an estimand",
    "E0702": "an estimand of a newer version",
    "E0703": "a broken estimand",
    # E08: the command line
    "E0801": "a file that cannot be read or written",
    "E0802": "a query or effect that the program does not have",
    "E0803": "a file whose name does not fit what it is to hold",
    "E0804": "a query about too many variables to verify",
    # E09: export and embedding
    "E0901": "a draw that cannot be exported",
    "E0902": "no C++ compiler",
    "E0903": "an unknown format to export to",
    "E0904": "a file that is not a usable exported sampler",
    "E0905": "inputs that an exported sampler does not take",
    "E0906": "a draw that cannot be relaxed",
}
