"""Storywatch: the words, the judgement, the memory, the conductor and the screens."""

__version__ = "0.1.0"
