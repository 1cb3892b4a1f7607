"""The language: source text, diagnostics, syntax tree, parser and canonical formatter."""
