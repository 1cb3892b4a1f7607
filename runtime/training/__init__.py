"""Training: how networks learn from rows, alone, in stacks and in teams of processes."""
