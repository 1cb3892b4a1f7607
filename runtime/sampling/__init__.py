"""Sampling: noise that depends only on seed, draw and row; and graphs run over many rows, into memory or files."""
