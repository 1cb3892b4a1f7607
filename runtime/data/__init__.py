"""Data: rows read from anywhere, values that a query is asked at, samples in the data's own values."""
