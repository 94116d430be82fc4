"""Questions to the archive, read-only: search, why, compare. Answers in JSON shapes that scripts rely on."""
