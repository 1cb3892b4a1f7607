"""Exact answers of finite networks: fitted tables contracted instead of sampled."""
