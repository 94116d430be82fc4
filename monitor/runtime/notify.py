"""Words to the service manager: sd_notify(3) over a datagram socket, nothing where no manager listens."""

from __future__ import annotations

import os
import socket


def tell_manager(state: str) -> bool:
    """Send e.g. "READY=1" or "WATCHDOG=1"; False when no service manager listens.

    Protocol: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        try:
            manager.connect(address)
            manager.sendall(state.encode())
        except OSError:
            return False
    return True
