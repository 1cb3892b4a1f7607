"""Explanations: what the compiler did for a query and why, as text, as a drawing and as a page."""
