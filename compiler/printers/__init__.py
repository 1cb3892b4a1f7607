"""What is printed of graphs, proofs, estimands and networks, one printer a format; readers of what was printed."""
