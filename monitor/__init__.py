"""Storywatch: the words, the judgement, the memory, the conductor and the screens."""
