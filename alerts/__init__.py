"""Storywatch: values into messages."""
