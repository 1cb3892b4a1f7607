"""Networks and what they read: features of conditions, scales, splines, U-Nets, transformers, pieces of text."""
