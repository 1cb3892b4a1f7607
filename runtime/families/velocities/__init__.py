"""Families that carry noise to an image or a vector along a learned velocity."""
