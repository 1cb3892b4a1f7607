"""Sampling networks: Bayesian networks of generator calls, the paper's H."""
