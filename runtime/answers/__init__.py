"""Answers: distributions and effects as a program asks for them, with their uncertainty."""
