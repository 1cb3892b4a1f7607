"""What the studio's page asks of the compiler, answered as plain data: it runs in a browser and in tests alike.

The page holds the text of a program and nothing else. `respond` takes a request as JSON and answers as JSON; the rest
of the package says what a program means (`look`), why (`proof`), how it is sampled (`networks`), changes its graph
(`edit`) and writes it in other notations (`notations`). It needs the grammar and the compiler, and no torch.
"""
