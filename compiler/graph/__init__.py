"""Causal graphs: ADMGs, m-separation, latent projection, reading and writing other formats."""
