"""Storywatch: the web into values."""
