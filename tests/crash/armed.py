"""The real command, dying at a named point: `python armed.py POINT TIMES storywatch-words ...`."""

from __future__ import annotations

import os
import signal
import sys

from monitor.__main__ import main
from monitor.crashpoint import arm


def die_at(point: str, times: int) -> None:
    """Arm the process: it kills itself at the `times`-th time that it reaches the point."""
    left = [times]

    def hook(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    arm(hook)


if __name__ == "__main__":
    die_at(sys.argv[1], int(sys.argv[2]))
    sys.argv = ["storywatch", *sys.argv[3:]]
    main()
