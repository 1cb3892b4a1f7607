"""Fitting: which generators are trained, on which rows and in which order, and what is kept in a cache."""
