"""Queries over several data sets: what each one supplies, selection, pooling, and the nearest repair."""
