"""What is wrong, where, and what to do: diagnostics as data, their codes, and how they are printed."""
