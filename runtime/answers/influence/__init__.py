"""Influence functions of answers: intervals, one-step corrections, sensitivity to latents."""
