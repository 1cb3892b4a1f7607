"""Faster ways to run a graph: independent draws in one call, machine code, CUDA graphs."""
