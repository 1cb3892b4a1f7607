"""Rows that are read piece by piece: Parquet files by row group, and data sets of Ray by block."""
