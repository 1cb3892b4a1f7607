"""From text to the syntax tree: the grammar, its parsers, the builders, and every way of misreading."""
