"""The usual slips of the pen, and what to write instead."""

from __future__ import annotations

import re

from ..expand import EFFECTS

# Pairs of a pattern and an advice; the first that fits is given. Where the parser stopped is marked ‸ in a
# pattern, with the text before and after it.
_EVERYWHERE: tuple[tuple[str, str], ...] = (
    (r"‸[“”‘’„«»]", "use straight quotes: `'a'`"),
    (r"‸[，；（）｜]", "use plain ASCII punctuation"),
    (r"‸(//|/\*)", "a comment starts with `#`"),
    (r"‸graph[ \t]+[\w.\"'/]", "a program holds its graph: copy what the file says into `graph { … }`"),
    (r"\n\s*(query|effect|variables|graph)\s*‸[\w{]", "close the block above with `}` first"),
)

_QUOTED = 'quote a name that holds other characters than letters and digits: `"blood-pressure"`'

_ARITHMETIC = (
    "an effect is made of `E[…]`, `P(…)` and numbers by `+`, `-`, `*` and `/`; take the rest from its value"
)
_WORLD = "`y[x = 1]`, or `P(y | do(x = 1))` where all is in one world"
_POLICY = "a policy is a name and the variables that it reads, `x ~ g(z)`; it is supplied by that name"
_EFFECTS = "|".join(EFFECTS)
_LISTED = " and ".join(", ".join(f"`{name}`" for name in EFFECTS).rsplit(", ", 1))
_RATIO = "a ratio is written out: `P(y = 1 | do(x = 1)) / P(y = 1 | do(x = 0))`"
_NAMED = "an effect cannot use another by its name: write out what it is made of"

_IN_GRAPHS: tuple[tuple[str, str], ...] = (
    (r"^\s*(P|E)\s*‸[(\[]", "this is a query, and a graph is read here: a query comes before its graph"),
    (r"‸<=+>|<-[ \t]+‸>", "an unobserved common cause is written `<->`"),
    (r"\w[ \t]*‸~(?![~>])", "a regression formula is no graph: draw edges from causes to effects, `x -> y`"),
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

_ELSEWHERE: tuple[tuple[str, str], ...] = (
    # brackets
    (
        r"\b(?!E\[)[\w.]+\[[^\[\]]*\bdo\s*‸\(",
        f"what stands in brackets is set, without `do`: {_WORLD}",
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
    (r"\w_‸\{", f"what is below a name in print is in brackets here: {_WORLD}"),
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
    (r"(\bE‸TT|‸(TE|CATE|CATT|TCE|CATC))\s*\(", f"named effects are {_LISTED}; any other is written out"),
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
    (r"\w‸\(", f"the world of a variable stands in square brackets: {_WORLD}"),
    (r"\b(P|Pr)\s*\([^|∣)]*‸;", "a bar stands before what is given: `P(y | do(x))`"),
    (r"\bdo\s*\(\s*‸\)", "leave `do()` out to ask about the observed distribution"),
    (r":\s*\w+\s*‸[\[{<]", "arguments of a type take round brackets: `real(4)`"),
    # bars, commas and signs
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
    (r"\bquery\s+[^\s=]+\s*=\s*‸", "a query is a probability, as in `query risk = P(y | do(x))`"),
    (r"=\s*‸(?i:t(ru|ur|r)e?|fal?se?|fas?le|flase)\b", "a truth value is `true` or `false`"),
    (r"‸(?i:rr|or|rd|hr|nnt|risk_ratio|odds_ratio|relative_risk)\s*\(", _RATIO),
    (r"‸(?i:log|exp|sqrt|abs|min|max|var|sd|std|median|q\d*|quantile)\s*[\[(]", _ARITHMETIC),
    (r"(=|category\s*\([^)]*)\s*‸(?!(?i:log|exp|sqrt)\b)[^\W\d]\w*\s*[-+*/]", _NAMED),
    (r"(=|category\s*\([^)]*)\s*‸[^\W\d]", "quote a value that is a word: `'young'`"),
    (r"\bvariables\s*\{([^}]*[\n;,])?\s*\w+[ \t]+‸[^\W\d]", "a type follows a colon: `tar : real`"),
    (
        r"[\w'\"′]\s+‸[^\W\d]",
        'commas separate variables: `x, z`; a name of several words is quoted: `"blood pressure"`',
    ),
    # statements
    (r"^\s*‸(query|effect)\b", "a single query stands alone here, without a name"),
    (r"‸E\s*\[", "an expectation needs a name: `effect ate = E[…]`"),
    (r"‸P\s*\(", "a query needs a name: `query risk = P(…)`"),
    (r"‸(p|pr|Prob|prob)\s*\(", "a probability is written with a capital P: `P(y | do(x))`"),
    (r"‸e\s*\[", "an expectation is written with a capital E: `E[y | do(x)]`"),
    (r"[)\]]\s*‸([-+*/×·÷−]|\\(cdot|times))", "arithmetic makes an effect, not a query"),
    (
        r"‸[^\n]*(->|→)",
        "edges stand in a graph: `graph { x -> y }`; a query comes before its graph",
    ),
)

_REACH = 400


def hint(text: str, offset: int, in_graph: bool) -> str | None:
    """What to write instead, if the text at an offset is a usual slip.

    >>> hint("P[y | x]", 1, in_graph=False)
    'a probability takes round brackets: `P(y | do(x))`'
    """
    before = text[max(0, offset - _REACH) : offset]
    marked = f"{before}‸{text[offset : offset + _REACH]}"
    for pattern, advice in (*_EVERYWHERE, *(_IN_GRAPHS if in_graph else _ELSEWHERE)):
        if re.search(pattern, marked):
            return advice
    return None
