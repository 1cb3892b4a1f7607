"""The runtime: variables and data, generators, fitting, sampling and bundles."""
