"""The syntax tree: programs, queries and effects, data sets, and a walk through a query."""
