"""Judging: how far each fitted generator may move the answer."""
