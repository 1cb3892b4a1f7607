"""The usual slips in `data` lines, and what to write instead, as in `slips`."""

from __future__ import annotations

from ..syntax.data import WORDS as DATA_WORDS

COMMAS = "commas separate variables: `x, z`"

IN_DATA: tuple[tuple[str, str], ...] = (
    (
        rf"\bdata\s+({'|'.join(word.split()[0] for word in DATA_WORDS)})\s+‸",
        "a data set has a name: `data trial sets x`",
    ),
    (r"\bholes\s+([^\n]*,\s*)?‸[^\W\d]", 'quote a code that is a word: `holes -99, "NA"`'),
    (r"\bholes\s+[^\n]*[\d\"']\s+‸[-−\d\"']", "commas separate codes: `holes -99, -98`"),
    (r"\bholes\s*‸", 'codes for missing values follow: `holes -99, "NA"`'),
    (r"\bfrom\s+[^\n]*[\"']\s*‸[\"']", 'commas separate files: `from "people.csv", "visits.csv"`'),
    (r"\bfrom\s*‸", 'a file stands in quotes: `from "trial.csv"`'),
    (r"\bsince\s*‸", 'a day stands in quotes: `since "2000-01-01"`'),
    (r"\bdates\b[^=]*‸", "columns and a unit follow: `dates born, admitted in years`"),
    (r"\bdo\s*‸\(", "an experiment is declared by bare names: `sets x`"),
    (r"\bsets\b[^\n]*‸=", "an experiment sets every value in turn: `sets x`"),
    (r"‸(=|(is|file|path|in)\b)", 'the file of a data set follows `from`: `data trial from "trial.csv"`'),
    (r"‸:", "a data set is declared without a colon: `data trial sets x`"),
    (r"‸\*", "without `measures` a data set measures all variables of the graph"),
    (r"‸\{", "names stand without braces: `sets x, z`"),
    (
        r"\bmissing\s*‸\(",
        "the graph states why values are missing, `missing(y)`, and their codes follow `holes`",
    ),
    (r"‸\(", "columns follow `measures`: `data trial measures x, y`"),
    (r"‸(and\b|&)", COMMAS),
    (
        r"\b(weights|cluster|person|time)\s+\S+\s*‸,",
        "`weights`, `cluster`, `person` and `time` name one column each",
    ),
    (r"‸(?i:weight|weighted|pweights?|weighting)\b", "a column of weights is named by `weights w`"),
    (
        r"‸(?i:clusters?|clustered|group|groups|psu|household)\b",
        "a column of groups is named by `cluster household`",
    ),
    (r"‸(?i:strata|stratum|fpc)\b", "strata are not taken into account: `weights` and `cluster` are"),
    (
        r"‸(?i:set|randomi[sz]e[sd]?|experiments?|intervene[sd]?|do|trial|rct)\b",
        "an experiment is declared by `sets x`",
    ),
    (
        r"‸(?i:measure[d]?|observe[sd]?|columns?|variables?|has|have)\b",
        "columns are declared by `measures x, y`",
    ),
    (r"‸(?i:differ|differs|different|varies|shifted)\b", "another mechanism is declared by `differs at z`"),
    (r"‸(?i:keep|keeps|kept|select(ed|s|ion)?)\b", "a selection is declared by `keeps by s`"),
    (r"‸(?i:missing|na|nan|null|hole|codes?)\b", "codes for missing values are declared by `holes -99`"),
    (
        r"‸(?i:id|ids|persons?|unit|subject|individual)\b",
        "the column that identifies people is named by `person id`",
    ),
    (r"‸(?i:times|wave|visits?|period)\b", "a column of times is named by `time visit`"),
    (r"‸(?i:date)\b", "dates are declared by `dates born in years`"),
)
