"""What is printed of graphs, proofs, estimands and networks, one printer per format; readers of what was printed."""
