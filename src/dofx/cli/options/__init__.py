"""Options that commands share, and what is read from them."""
