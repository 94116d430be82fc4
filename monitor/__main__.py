"""`python -m monitor` and the `storywatch` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; imports late so that `--help` stays quick."""
    from monitor.cli import app

    app(prog_name="storywatch")


if __name__ == "__main__":
    main()
