"""Inference: how each row moves an answer, found by running a sampling network backwards."""
