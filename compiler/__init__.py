"""The compiler: causal graph and query in, sampling network and torch.fx graph out."""
