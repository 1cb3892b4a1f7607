"""Identification: ID and IDC, hedges, derivations."""
