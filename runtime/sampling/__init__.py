"""Sampling: noise that depends on seed, draw and row alone, and graphs run over many rows, into memory or files."""
