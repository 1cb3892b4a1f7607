"""What a query is about: worlds, events, data sets, and the model that holds graph and data together."""
