"""Queries about several worlds: unfolding into copies, conflicts, policies, and the estimand that remains."""
