"""Fits to rows that need not fit into memory: one pass that counts and samples, then passes that train networks."""
