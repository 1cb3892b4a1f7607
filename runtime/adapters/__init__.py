"""Adapters: samplers in the clothes of other libraries, each of which is imported when asked for."""
