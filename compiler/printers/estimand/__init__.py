"""Estimands as text, LaTeX, SymPy and JSON, all from one layout."""
