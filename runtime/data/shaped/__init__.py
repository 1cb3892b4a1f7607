"""Files of the same people as one row per person: joined by their number, spread over times, with dates as numbers."""
