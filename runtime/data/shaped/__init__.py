"""Files of the same people as one row a person: joined by their number, spread over times, with dates as numbers."""
