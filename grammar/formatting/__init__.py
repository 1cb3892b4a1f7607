"""From the syntax tree to its canonical text, comments kept."""
