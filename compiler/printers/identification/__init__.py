"""Identifications as text, HTML and SVG."""
