"""The bootstrap: replicates of a fitted program, many fitted or contracted together."""
