"""A mail server of our own: Postfix takes, Dovecot files by a Sieve script, all of it in one folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends postfix dovecot-imapd dovecot-lmtpd dovecot-sieve"
DOMAIN = "desk.example"
_PROGRAMS = ("postfix", "postconf", "dovecot", "sievec")
_PARTS = (Path("/usr/lib/dovecot/lmtp"), Path("/usr/lib/dovecot/modules/lib90_sieve_plugin.so"))
_UP_SECONDS, _EMPTY_SECONDS = 30.0, 300.0
# Mail may not belong to root.
_OWNER = "nobody"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mail.{domain}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
biff = no
in_flow_delay = 0
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:unix:{folder}/dovecot/lmtp
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
notify_classes =
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
protocols = lmtp
ssl = no
mail_location = maildir:~/Maildir
first_valid_uid = 1
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%n allow_all_users=yes
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:{folder}/keep-one.sieve
}}
"""
SIEVE = 'require "duplicate";\nif duplicate { discard; }\n'


def missing() -> str:
    """Why there can be no office on this machine, or ""."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    gone = [one for one in _PROGRAMS if shutil.which(one, path=path) is None]
    gone += [str(one) for one in _PARTS if not one.exists()]
    if gone:
        return f"no {', '.join(gone)} here; as root: {INSTALL}"
    if os.geteuid() != 0:
        return "Postfix and Dovecot start as root only"
    return ""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class PostOffice:
    """Both servers. What they are killed with is theirs alone: each runs in a session of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    postfix: subprocess.Popen[bytes] | None = None
    dovecot: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def open(self) -> None:
        """Lay out the folder and start both."""
        self._lay_out()
        self._say(["postfix", "-c", str(self.folder / "postfix"), "check"])
        self._say(["sievec", str(self.folder / "keep-one.sieve")])
        self.dovecot = self._start(["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")])
        _wait(lambda: (self.folder / "dovecot/lmtp").exists(), _UP_SECONDS, "Dovecot does not start")
        self.start_postfix()

    def _lay_out(self) -> None:
        owner = pwd.getpwnam(_OWNER)
        for name in ("postfix", "queue", "data", "dovecot", "dovecot-state", "home"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        places = {"folder": self.folder, "port": self.port, "domain": DOMAIN, "uid": owner.pw_uid, "gid": owner.pw_gid}
        for name, text in (("postfix/main.cf", MAIN), ("postfix/master.cf", MASTER), ("dovecot.conf", DOVECOT)):
            (self.folder / name).write_text(text.format(**places), encoding="ascii")
        (self.folder / "keep-one.sieve").write_text(SIEVE, encoding="ascii")
        os.chown(self.folder / "home", owner.pw_uid, owner.pw_gid)
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)

    def start_postfix(self) -> None:
        daemons = self._say(["postconf", "-c", str(self.folder / "postfix"), "-h", "daemon_directory"]).strip()
        self.postfix = self._start([f"{daemons}/master", "-d", "-c", str(self.folder / "postfix")])
        _wait(self._listens, _UP_SECONDS, "Postfix does not start")

    def kill_postfix(self) -> None:
        """kill -9 all of it at once, and start it again on the same queue."""
        _kill(self.postfix)
        self.kills += 1
        self.start_postfix()

    def close(self) -> None:
        _kill(self.postfix)
        _kill(self.dovecot)

    def settle(self) -> None:
        """Return when nothing waits in Postfix's queue."""
        flush = ["postqueue", "-c", str(self.folder / "postfix"), "-f"]
        with contextlib.suppress(subprocess.CalledProcessError):
            self._say(flush)
        _wait(lambda: not self._queued(), _EMPTY_SECONDS, "Postfix keeps mails in its queue")

    def filed(self, name: str) -> tuple[bytes, ...]:
        """The mails in somebody's mailbox."""
        folders = [self.folder / "home" / name / "Maildir" / part for part in ("new", "cur")]
        return tuple(one.read_bytes() for folder in folders if folder.is_dir() for one in sorted(folder.iterdir()))

    def handed_over(self) -> int:
        """How often Postfix gave a mail to Dovecot, repeats included."""
        return (self.folder / "postfix.log").read_text(errors="replace").count("status=sent")

    def _queued(self) -> list[Path]:
        found = []
        for name in ("maildrop", "incoming", "active", "deferred"):
            with contextlib.suppress(FileNotFoundError):
                found += [one for one in (self.folder / "queue" / name).rglob("*") if one.is_file()]
        return found

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            return line.recv(3) == b"220"
        return False

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "said.log").open("ab") as said:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_environ(), start_new_session=True
            )

    def _say(self, command: list[str]) -> str:
        done = subprocess.run(command, env=_environ(), capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


def _environ() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}


def _kill(server: subprocess.Popen[bytes] | None) -> None:
    """The whole session of a server that we started."""
    if server is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _wait(ready: Callable[[], object], seconds: float, words: str) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(words)
        time.sleep(0.05)
