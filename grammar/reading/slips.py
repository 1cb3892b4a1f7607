"""The usual slips in notation, and what to write instead."""

from __future__ import annotations

import re

from ..expand import EFFECTS
from .data_slips import COMMAS, IN_DATA
from .world_slips import OWN_RULE, WORLDS

# Pairs of a pattern and an advice; the first that fits is given. Where the parser stopped is marked ‸ in a
# pattern, with the text before and after it. In an advice ‸ is the part of the text called word.
_EVERYWHERE: tuple[tuple[str, str], ...] = (
    (r"‸[“”‘’„«»]", "use straight quotes: `'a'`"),
    (r"‸[，；（）｜]", "use plain ASCII punctuation"),
    (r"‸(//|/\*)", "a comment starts with `#`"),
    (r"‸graph[ \t]+[\w.\"'/]", "a program holds its graph: copy what the file says into `graph { … }`"),
    (r"‸\$", "LaTeX is read without dollar signs"),
    (
        r"\b(weights|cluster|person|time|sets|measures|at|by)\s+(query|effect|data|variables|graph)\s*‸",
        "a name is missing: `sets x`, `weights w`",
    ),
    (r"\b(query|effect)\s+‸\d", 'a name starts with a letter; quote any other: `"1st"`'),
    (r"\n\s*(query|effect|variables|graph)\s*‸[\w{]", "close the block above with `}` first"),
)

_QUOTED = 'quote a name that holds other characters than letters and digits: `"blood-pressure"`'

_ARITHMETIC = (
    "an effect combines `E[…]`, `P(…)` and numbers by `+`, `-`, `*` and `/`; compute the rest from its value"
)
_WORLD = "`y[x = 1]`, or `P(y | do(x = 1))` where all is in one world"
_POLICY = "a policy is a name and the variables that it reads, `x ~ g(z)`; it is supplied by that name"
_EFFECTS = "|".join(EFFECTS)
_PATHS = "each path has an `along` of its own: `pse(y, x, along x -> m -> y, along x -> y, 1, 0)`"
_RATIO = "a ratio is written out: `P(y = 1 | do(x = 1)) / P(y = 1 | do(x = 0))`"
_NAMED = "an effect cannot use another effect by its name: write its formula out"
_PROGRAM = (
    "the graph ends here: a text with questions is a program, passed without -g as a file that ends in `.cq`"
)
_EDGE = "an edge is written `x -> y`"
_ATTRIBUTES = "attributes are read in DAGitty's `dag { … }` and in DOT's `digraph { … }`"
_EQUATION = "an equation is not a graph: draw edges from causes to effects, `x -> y`"
_LOADED = "this format is not read: load it with networkx in Python and pass the graph"
_UNMEASURED = "a variable that nobody measured is declared by `latent u`"
_POWER = "write a power as a product: `x * x`"
_SINGLE = "only single values can be asked for, with `=`"
_OF_ONE = "an expectation is of a variable, or of a sum of variables: make a column of anything else"
_QUESTION = "a question is a probability or an expectation: `P(y | do(x))`, `E[y | do(x = 1)]`"
_CAUSATION = "a probability of causation is written out: `P(y[x = 0] = 0 | x = 1, y = 1)`"

_IN_GRAPHS: tuple[tuple[str, str], ...] = (
    (
        rf"^\s*(P|E|p|Pr|{_EFFECTS})\s*‸[(\[]",
        "this is a query, and a graph is read here: a query comes before its graph",
    ),
    (r"\}\s*‸(query|effect|data|variables)\b", _PROGRAM),
    # other programs
    (
        r"^\s*(dagify|dagitty|graph\.formula|graph_from_literal|make_graph|model2network|DAG|randomDAG)\s*‸\(",
        "a graph is written by its edges, without a call: `x -> y; x <-> y`",
    ),
    (
        r"^\s*(graph|flowchart)\s+‸(TD|TB|BT|LR|RL)\b",
        "leave Mermaid's first line out: its edges are read without it",
    ),
    (r"(?i:^|\n)\s*(?i:graph)\s+‸(?i:nodes|edges)\s*:", "leave Tetrad's headings and numbers out: `x --> y`"),
    (r"^\s*‸\[[\w.]+[]|]", "an edge is written `x -> y`: `[y|x:z]` of bnlearn is `{x, z} -> y`"),
    (r"^\s*‸[(\[]", f"{_EDGE}; in Python a graph of networkx is read too"),
    (r"^\s*‸<\w", _LOADED),
    (r"^\s*\{[^}]*[\"']\s*‸:", _LOADED),
    (r"^\s*bb\s*‸=", "the text of DAGitty begins with `dag {`"),
    (r"^\s*(dag|digraph)\s+‸\w", "the edges of a `dag` stand in braces: `dag { x -> y }`"),
    (r"‸-\+|‸\+[-+]|‸%-+>%", "an arrow is written `->`, and an unobserved common cause `<->`"),
    (r"‸~~", "an unobserved common cause is written `<->`"),
    (r"‸(:=|=(?![=>~]))|‸=~", _EQUATION),
    (r"‸\+", "several causes stand in braces: `{x, z} -> y`"),
    (r"‸\[\s*(latent|unobserved|hidden|u|l)\b", _UNMEASURED),
    (r"[\w\"'][ \t]*‸\[", _ATTRIBUTES),
    (r"\b(hidden|unobserved|unmeasured|unknown)[ \t]+‸[^\W\d]", _UNMEASURED),
    (
        r"\b(selection|select)[ \t]+‸[^\W\d]",
        "a variable that decided which rows were kept is declared by `selected s`",
    ),
    (
        r"(^|[\n;])\s*(treatment|target)[ \t]+‸\w+\s*($|[\n;])",
        "roles are written `exposure x` and `outcome y`",
    ),
    (r"\b(edges|nodes|vertices|variables)\s*‸:", f"leave headings out: {_EDGE}"),
    (r"‸:\s*\[", "edges to several are written `x -> {y, z}`"),
    (r"\w[ \t]+‸(causes|affects|influences|drives|leads)\b", _EDGE),
    (
        r"(->|→)\s*[\w.]+\s*‸(\||(if|when|unless|given)\b)",
        "a variable that changes an edge is a cause too: `{x, z} -> y`",
    ),
    (r"\bdo\s*‸\(", "`do(…)` stands in a query, not in a graph: `P(y | do(x))`"),
    (r"‸\\n", "write a real line break or `;` in place of the characters `\\n`"),
    (r"((->|→)\s*|^\s*)‸(->|→|<->|↔)", "a variable is missing on one side of this arrow"),
    (r"(->|→)\s*‸$", "a variable is missing on one side of this arrow"),
    (r"\{[^{}]*‸\{", "a set holds only names: `{x, y}`"),
    (r"\w‸([<>]=?\d|\^)", _QUOTED),
    (r"^\s*[\w.]+\s*‸\{", "a graph in braces begins with `graph {`, `dag {` or `digraph {`"),
    (r"‸-[^\w\s>-]", "an arrow is written `->`"),
    # usual slips
    (r"‸<=+>|<-[ \t]+‸>", "an unobserved common cause is written `<->`"),
    (
        r"\w[ \t]*‸~(?![~>])",
        "a regression formula is not a graph: draw edges from causes to effects, `x -> y`",
    ),
    (r"\w‸[%$&/]", _QUOTED),
    (r"\w[ \t]*‸[(\[?]", _QUOTED),
    (r"‸(=+>|~+>|>|-\s)", "an arrow is written `->`"),
    (r"‸(<=+|<~+|<(?!-))", "an arrow is written `->` or `<-`"),
    (r"\blatents?[ \t][^\n;]*‸<?-", "name latent variables on a line of their own, their edges on another"),
    (
        r"\b(exposure|outcome|adjusted|selected)[ \t][^\n;]*‸<?-",
        "name roles on a line of their own: `exposure x`",
    ),
    (r"\n\s*‸(<?-|[→←↔])", "a chain runs over a line break only after an arrow: end the line above with it"),
    (r"\{\s*‸\}", "a set holds at least one variable"),
    (r"\w‸-\w", _QUOTED),
    (r"(^|[{,;>-])\s*‸\d+\w*", 'a name starts with a letter; quote any other: `"1st"`'),
    (
        r"\w[ \t]+‸[^\W\d]",
        'edges are separated by a line break, `;` or `,`, and a name with blanks stands in quotes: `"blood pressure"`',
    ),
    (r"‸:", "types stand in a block of their own: `variables { x : bool }`"),
)

"""Slips in a `data` line."""

_ELSEWHERE: tuple[tuple[str, str], ...] = (
    # what is no query
    (r"^\s*‸[\w.]+\s*\([\w.]+\)\s*[-−]", "a difference of worlds is an effect: `E[y[x = 1] - y[x = 0]]`"),
    (r"^\s*‸[\w.]+\s*~", f"a regression formula is not a question: {_QUESTION}"),
    (r"^\s*‸(\\?sum\w*\s*[\[(_ ]|[Σ∑])", "the formula is what dofx finds: ask for `P(y | do(x))`"),
    (r"^\s*‸(?i:what|how|does|do|is|why|effect of|the|causal|estimate|impact)\b\s*(?![(\[=\s])", _QUESTION),
    (r"^\s*‸(?i:arg\s?)?(?i:max|min)(_\w*|imi[sz]e)\b", "ask at each value, and compare the answers"),
    (r"^\s*‸[\d.]+\s*[-+*/−]", "arithmetic makes an effect, not a query"),
    (r"^\s*‸do\s*\(", f"add the outcome: {_QUESTION}"),
    (r"^\s*‸[\w.]+\s*$", _QUESTION),
    (
        r"‸(_\|\|_|\|\|_|[⊥⫫⟂])",
        "an independence is not a query: `dofx implications` lists those of a graph",
    ),
    (r"(\bP‸(NS|N|S)|‸p(ns|n|s))\s*\(", _CAUSATION),
    (r"‸\\(hat|bar|overline|underline|tilde|check)\b", "an intervention is written `do(x)`: `P(y | do(x))`"),
    (r"‸\\\|", "a bar stands without a backslash: `P(y | do(x))`"),
    (r"\b(P|Pr|E)\s*[(\[]\s*‸[|∣]", f"the outcome stands before the bar: {_QUESTION}"),
    (
        r"[)\]]\s*‸;\s*\S",
        "one query at a time: several go into a program, each with a name, `query q = P(y)`",
    ),
    (r"^[^=]*[)\]]\s*‸=", "leave the equals sign out: dofx finds the other side"),
    (r"[(,|∣]\s*‸[({]", "names stand without brackets of their own: `P(y | do(x, z))`"),
    (r"\bE\s*\[\s*(?i:log|ln|exp|sqrt|abs|min|max|median)\s*‸\(", _OF_ONE),
    (r"\bE\s*\[[^|∣\]]*(‸\*\*|\*\s*‸\*)", _OF_ONE),
    (r"\b(not|!)\s*‸\w", "a value is given with `=`: `x = false`"),
    (r"‸(&&?|∧|(and|AND)\b)", COMMAS),
    (r"‸((in|or|OR)\b(?!\s*\()|∨)", _SINGLE),
    (r"\d,‸\d{3}\b", "a number has no separators: `1000`"),
    # formulas and rules
    (r"\w\s*‸[-+*/]=", "write the sum out: `x = x + 1`"),
    (r"=\s*‸\d[\d.]*[^\W\d]", "write `*` to multiply"),
    (r"\*\s*‸\*|=\s*[\w.]+\s*‸\^\s*\d|[)\]]\s*‸\^", _POWER),
    (r"=\s*if\s+‸|\bdo\s*\([^()]*=[^()]*‸[<>]", OWN_RULE),
    (r"=\s*‸\?", "a value that is given later is a named placeholder: `do(x = ?a)`, `y[x = ?a]`"),
    (r"\]\s*‸\[", "all that is set stands in one pair of brackets: `y[x = 1, z = 0]`"),
    (r"\{\s*‸\}", "a set holds at least one variable"),
    (r"=\s*‸,", "a value is missing after `=`"),
    (r"\balong\s+\w+\s*‸[,)]", "a path has at least one arrow: `along x -> m -> y`"),
    (r"\balong\s*‸\{|\balong\b[^()]*(‸along\b|,\s*‸\w+\s*(->|→))", _PATHS),
    (r"\b(?i:pse)\s*\([^()]*‸\w+\s*(->|→)", "a path follows `along`: `pse(y, x, along x -> m -> y, 1, 0)`"),
    # statements
    (r"\bdata\s*‸", "a data set has a name: `data trial sets x`"),
    (r"‸(datas|datasets?)\b", "did you mean `data`?"),
    (
        r"(^|[\n}])\s*‸policy\b",
        "a policy is named where it is used, `do(x ~ rule(z))`, and supplied with the rows",
    ),
    (
        r"[\n}]\s*‸(feedback|latents?|missing|exposure|outcome|adjusted|selected)\b",
        "this is a part of the graph: it stands in `graph { … }`",
    ),
    (r"\b(avoiding|using)\s+‸\w", "names stand in braces: `avoiding {z}`"),
    (
        r"[)\]]\s*‸(with|without|on|within|given|where|for|among|adjusting|controlling|by)\b",
        "conditions stand in the query, `P(y | do(x), z)`; `using {…}` and `avoiding {…}` limit its formula",
    ),
    (r"\bcategory\s*\(\s*‸\)", "a category has states, or their number: `category(3)`"),
    (
        r"\b(?i:cde)\s*\([^()]*‸\w+\s*=",
        "the held variable follows `holding`: `cde(y, x, holding m = 0, 1, 0)`",
    ),
    (r":\s*‸[{\[]", "states stand in `category(…)`: `category(0, 1)`"),
    *WORLDS,
    # brackets
    (
        r"\b(?!E\[)[\w.]+\[[^\[\]]*\bdo\s*‸\(",
        f"brackets set a variable, without `do`: {_WORLD}",
    ),
    (r"\b(P|Pr)\s*‸[\[{]", "a probability takes round brackets: `P(y | do(x))`"),
    (r"\bE\s*‸[({]", "an expectation takes square brackets: `E[y | do(x)]`"),
    (r"\bdo\s*‸[\[{\w]", "`do` takes round brackets: `do(x)`"),
    (r"\b(P|Pr)\s*\([^|∣)]*\bdo\s*‸\(", "`do` stands after the bar: `P(y | do(x))`"),
    (r"\bE\s*\[[^|∣\]]*\bdo\s*‸\(", "`do` stands after the bar: `E[y | do(x)]`"),
    (r"\b(Do|DO)\s*‸\(", "an intervention is written `do(x)`"),
    (
        r"\b(set|see|observe|intervene)\s*‸\(",
        "set a variable by `do(x)`; one that is seen stands alone: `P(y | x)`",
    ),
    # worlds
    (r"\b(P|E|Pr)‸_", "what is set stands after the bar: `P(y | do(x))`"),
    (r"\w[′']*\s*‸\^", f"what is above a name in print is in brackets here: {_WORLD}"),
    (r"\w_‸\{", f"a subscript in print is written in brackets here: {_WORLD}"),
    (r"\w[′']*\s*‸@", f"the world of a variable stands in brackets: {_WORLD}"),
    (r"\w[′']*‸\{", f"the world of a variable stands in square brackets: {_WORLD}"),
    (r"~\s*[\w.]+\s*‸[,)\]]", "a policy says what it reads, if only nothing: `x ~ g()`"),
    (
        r"~\s*[\w.]+\s*\([^)]*‸[-+\d.\"'=*/]",
        _POLICY,
    ),
    (r"~\s*‸", "after `~` stands a policy: `x ~ g(z)`"),
    (r"\w\[[^\]]*‸->", f"the world of a variable says what is set: {_WORLD}"),
    (
        r"\bquery\s+[^\s=]+\s*=\s*E\s*\[[^|∣]*‸[-+*/]",
        "a difference is a number: `effect` in place of `query`",
    ),
    (r"\bE\s*\[[^|∣]*‸[-+*/]", "a difference makes an effect, not a query"),
    (
        rf"‸(?i:{_EFFECTS})\s*\(",
        "a named effect is an effect, not a query: `effect ate = ate(y, x, 1, 0)`",
    ),
    (
        r"\b(?i:cde)\s*\([^()]*‸,",
        "what is held stands before the two values: `cde(y, x, holding m = 0, 1, 0)`",
    ),
    (
        r"\b(?i:nde|nie)\s*\(\s*\w+\s*,\s*\w+\s*,\s*‸[^\W\d]",
        "a mediator follows `through`: `nde(y, x, through m, 1, 0)`",
    ),
    (r"\bthrough\s+\w+\s*,\s*‸[^\W\d]", "several mediators stand in braces: `through {m, w}`"),
    (r"\d\s*‸%", "a share is a number: `0.9 * x` for ninety per cent"),
    (
        rf"\b(?i:{_EFFECTS})\s*\([^()]*‸\)",
        "the two values that are compared stand after outcome and exposure: `(y, x, 1, 0)`",
    ),
    (r"\bmissing\s*‸\(", "what makes holes stands in the graph; no question can be about it"),
    (r"\w‸\(", f"the world of a variable stands in square brackets: {_WORLD}"),
    (r"\b(P|Pr)\s*\([^|∣)]*‸;", "a bar stands before what is given: `P(y | do(x))`"),
    (r"\bdo\s*\(\s*‸\)", "leave `do()` out to ask about the observed distribution"),
    (r":\s*\w+\s*‸[\[{<]", "arguments of a type take round brackets: `real(4)`"),
    # bars, commas and signs
    (r"\b(do|P|Pr|E)\s*[(\[][^)\]]*‸;", COMMAS),
    (r"[|∣][^|∣]*‸[|∣]", "one bar is enough; commas separate what is given: `P(y | do(x), z)`"),
    (r"\bE\s*\[[^|∣\]]*‸,", "an expectation has one outcome: ask for each in turn"),
    (r"\b(query|effect)\s+[^\s=]+\s*‸:=?", "a name and its query are joined by `=`"),
    (r"\b(query|effect)\s+[^\s=]+\s+‸[PE]\s*[\[(]", "a name and its query are joined by `=`"),
    (r"‸(==|:=)|=‸=", "a value is given with one `=`: `x = 1`"),
    (r"‸(≤|≥|≠|!=|<=?|>=?)\s*[\w.'\"-]", "only single values can be asked for, with `=`"),
    (r"[\d)\]][ \t]*‸[EP]\s*[\[(]", "write `*` to multiply"),
    # names and values
    (r"\w‸-\w", _QUOTED),
    (r"[\w)\]][ \t]+‸\(", _QUOTED),
    (r"[(,|∣{]\s*‸\d+\w*", 'a name starts with a letter; quote any other: `"1st"`'),
    (r"\b(query|effect)\s*‸=", "give it a name: `query risk = …`"),
    (r"\bquery\s+[^\s=]+\s*=\s*[\w.]*‸", "a query is a probability, as in `query risk = P(y | do(x))`"),
    (r"=\s*‸(?i:t(ru|ur|r)e?|fal?se?|fas?le|flase)\b", "a truth value is `true` or `false`"),
    (r"‸(?i:rr|or|rd|hr|nnt|risk_ratio|odds_ratio|relative_risk)\s*\(", _RATIO),
    (r"‸(?i:log|exp|sqrt|abs|min|max|var|sd|std|median|q\d*|quantile)\s*[\[(]", _ARITHMETIC),
    (r"(=|category\s*\([^)]*)\s*‸(?!(?i:log|exp|sqrt)\b)[^\W\d]\w*\s*[-+*/]", _NAMED),
    (r"(=|category\s*\([^)]*)\s*‸(?P<word>[^\W\d]\w*)\b(?!\s*[(\[])", "quote a value that is a word: `'‸'`"),
    (r"\bvariables\s*\{([^}]*[\n;,])?\s*\w+[ \t]+‸[^\W\d]", "a type follows a colon: `tar : real`"),
    (
        r"[\w'\"′]\s+‸[^\W\d]",
        'commas separate variables: `x, z`; a name of several words is quoted: `"blood pressure"`',
    ),
    # statements
    (r"^\s*‸(query|effect)\b", "a single query stands alone here, without a name"),
    (r"(?<!\w)‸E\s*\[", "an expectation needs a name: `effect ate = E[…]`"),
    (r"(?<!\w)‸P\s*\(", "a query needs a name: `query risk = P(…)`"),
    (r"‸(p|pr|Prob|prob)\s*\(", "a probability is written with a capital P: `P(y | do(x))`"),
    (r"‸e\s*\[", "an expectation is written with a capital E: `E[y | do(x)]`"),
    (r"[)\]]\s*‸([-+*/×·÷−]|\\(cdot|times))", "arithmetic makes an effect, not a query"),
    (r"\beffect\s+[^\s=]+\s*=\s*[\w.]*‸[\w.]*\s*[(\[]", _ARITHMETIC),
    (r"^\s*[\w.]*‸[\w.]*\s*[(\[]", _QUESTION),
    (r"‸[^\n]*(->|→)", "edges stand in a graph: `graph { x -> y }`; a query comes before its graph"),
)

_REACH = 400

_DATA_LINE = re.compile(r"(?:\A|[\n;}])\s*data[ \t]+(?!(?:query|effect|graph|variables)\b)[^={}]*\Z")
"""What stands before a place in a `data` line."""


def hint(text: str, offset: int, in_graph: bool) -> str | None:
    """What to write instead, if the text at an offset is a usual slip.

    >>> hint("P[y | x]", 1, in_graph=False)
    'a probability takes round brackets: `P(y | do(x))`'
    """
    before = text[max(0, offset - _REACH) : offset]
    marked = f"{before}‸{text[offset : offset + _REACH]}"
    here = _IN_GRAPHS if in_graph else IN_DATA if _DATA_LINE.search(before) else _ELSEWHERE
    for pattern, advice in (*_EVERYWHERE, *here):
        if found := re.search(pattern, marked):
            return advice.replace("‸", found.groupdict().get("word", ""))
    return None
