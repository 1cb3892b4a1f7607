"""The usual slips of people who know effects, worlds and policies from papers and other programs."""

from __future__ import annotations

from ..expand import EFFECTS

LISTED = " and ".join(", ".join(f"`{name}`" for name in EFFECTS).rsplit(", ", 1))
NAMED = f"named effects are {LISTED}; any other is written out"
OWN_RULE = "a custom rule is a policy: `x ~ rule(z)`"
COUNTERFACTUAL = "what y would be if x were 0 is `y[x = 0]`, and its probability `P(y[x = 0] = 1)`"
NESTED = "brackets set a variable to its value in another world: `y[x = 1, m = m[x = 0]]`"
SHIFT = "a shift is written with `=`: `do(x = x + 1)`, `do(x = 0.9 * x)`"
INSIDE = "a condition stands inside: `E[y[x = 1] - y[x = 0] | x = 1]`"

NAMED_OTHERWISE = (
    "ett|te|cate|catt|tce|catc|late|itt|ace|ite|tie|tde|pde|pie|mediate|mediation|lmtp\\w*|tmle\\w*"
)
"""Effects by the names that they have in papers and packages."""

# Pairs as in `slips`, where ‸ marks the place at which the parser stopped.
WORLDS: tuple[tuple[str, str], ...] = (
    (rf"(\bE‸TT|‸(?i:{NAMED_OTHERWISE}|(natural|controlled|average|direct|indirect)_\w+))\s*\(", NAMED),
    (r"‸(?i:cf|conj|counterfactual)\s*\(", COUNTERFACTUAL),
    (r"\bdo\s*\(\s*\w+\s*‸([-+*/]|<-)", SHIFT),
    (r"\bdo\s*\([^()]*=[^()]*‸if\b", OWN_RULE),
    (r"\bdo\s*\([^|∣]*\b(?i:if_?else|iif|case_when|where)\s*\([^)]*‸[<>=!]", OWN_RULE),
    (r"\w\[[^\]]*=\s*\w+\s*\(\s*\w+\s*‸=", NESTED),
    (r"[|∣][^|∣]*,\s*(\w+)\s*=\s*‸\1\s*\[", NESTED),
    (r"[)\]]\s*[-+]\s*E\[[^|∣]*\]\s*‸[|∣]", INSIDE),
)
