"""Alerts through any of the services that Apprise knows: text only, best effort, each in a killable process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.compose import Outline, Telling
from alerts.plain import plain
from monitor.config import AppriseChannel
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject

BEST_EFFORT = "best effort: may repeat"
INSTALL = "pip install 'storywatch[apprise]'"
# Seconds before each further try: nobody can tell whether a failed one was taken, so they are few and far apart.
RETRIES = (60, 600, 3600, 21_600)
_CHILD = Path(__file__).with_name("apprise_child.py")
# What a plug-in may need to find its libraries, certificates and a desktop; no secret of the daemon's is among it.
_PASSED = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONHOME", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"),
)
_CALL = re.compile(r"https?://\S+|@(?=[\w!&])|<(?=[@!#:&\w])")


@dataclass(frozen=True, slots=True)
class Apprise:
    """`seconds`: how long one try may take before its process is killed."""

    config: AppriseChannel
    telling: Telling
    seconds: float = 30.0
    kind: str = "apprise"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return compose.tell(subject, self.telling, _message)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """One try in a process of its own. Whether a failed one was taken cannot be known: every failure is unclear."""
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        mark = "(may repeat) " if delivery.may_repeat else ""
        crashpoint("D5")
        said = self._ask(send=True, title=mark + delivery.message.subject, body=delivery.message.body)
        crashpoint("D7")
        if said.get("outcome") != "sent":
            raise spaced(_refusal(said), delivery.attempts)
        receipt = Receipt(detail=f"{said['service']} took it; {BEST_EFFORT}")
        taken(receipt)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        """Only whether Apprise understands the address: most services cannot be asked without a message."""
        said = self._ask(send=False)
        if said.get("outcome") != "understood":
            raise _refusal(said)
        return f"Apprise knows the address as {said['service']}; nothing was sent, so the sign-in is not tested"

    def _ask(self, *, send: bool, title: str = "", body: str = "") -> dict[str, str]:
        """What the child says of one try; {} when it says nothing. Raises DeliveryError when there can be no child."""
        asked: dict[str, Any] = {
            "url": self.config.url.reveal(),
            "title": title,
            "body": body,
            "send": send,
            "seconds": self.seconds + 1,
        }
        environ = {name: os.environ[name] for name in _PASSED if name in os.environ}
        try:
            child = subprocess.Popen(
                # -P: beside the child lies a module of the name email.
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environ,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise DeliveryError(f"cannot start a process for Apprise: {error}") from error
        with child:
            return answer_of(child, json.dumps(asked).encode(), self.seconds)


def answer_of(child: subprocess.Popen[bytes], asked: bytes, seconds: float) -> dict[str, str]:
    """What a child says to what it is asked; it is killed when it takes longer."""
    try:
        said, _ = child.communicate(asked, timeout=seconds)
        found = json.loads(said)
    except subprocess.TimeoutExpired:
        # With whatever it started.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        return {"outcome": "hangs", "seconds": f"{seconds:g}"}
    except (ValueError, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(said: dict[str, str]) -> DeliveryError:
    match said.get("outcome"):
        case "unknown":
            return DeliveryError("Apprise does not understand the address in the secret url", off=True)
        case "missing":
            return DeliveryError(f"Apprise is not installed: {INSTALL}", off=True)
        case "hangs":
            words = f"no end within {said['seconds']} s, so it was killed"
        case "failed":
            status = f" (HTTP {said['status']})" if said.get("status") else ""
            words = f"{said.get('service', 'Apprise')} reports a failure{status}"
        case _:
            words = "the process for Apprise ended without an answer"
    return DeliveryError(f"{words}; {BEST_EFFORT}", ambiguous=True)


def spaced(error: DeliveryError, attempts: int) -> DeliveryError:
    """The error with its next try, `attempts` counting this one; after the last it is permanent."""
    if error.off:
        return error
    if attempts > len(RETRIES):
        error.permanent = True
    else:
        error.again = float(RETRIES[max(attempts, 1) - 1])
    return error


def _message(told: Outline) -> Message:
    title, _, body = plain(told).partition("\n")
    return Message(disarmed(title), disarmed(body.strip("\n")))


def disarmed(text: str) -> str:
    """The text with nothing in it that a chat service would take for a call to somebody: @everyone, <!channel>."""
    return _CALL.sub(lambda found: found[0].replace("@", "%40") if len(found[0]) > 1 else f"{found[0]}\u2060", text)
