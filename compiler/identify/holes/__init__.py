"""Queries on graphs that say what makes holes: which rows, and which weights, stand for the whole distribution."""
