"""The review screens: what the archive holds and why, read-only, every state a URL."""
