"""Estimands: the algebra, its verifier, simplification, exact evaluation and printers."""
