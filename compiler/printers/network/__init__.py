"""Sampling networks as text, JSON and SVG, and read back."""
