"""What Storywatch stands on outside its own files: names, certificates, time zones, the daemon's screens."""

from __future__ import annotations

import importlib.metadata
import queue
import socket
import ssl
import threading
import time
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from alerts.wording import counted, listed
from monitor.config import Config
from monitor.runtime.finding import Finding, Grade

NAME_SECONDS = 5.0
SCREEN_SECONDS = 5.0
_OLD_YEARS = 2


def surroundings(config: Config, now: datetime) -> Iterator[Finding]:
    """A line each for names, certificates, time zones and screens. Of the sources only the names are looked up."""
    yield names([source.url for source in config.enabled_sources], NAME_SECONDS)
    yield certificates()
    yield zones(config.watch.timezone, now)
    yield screens(config)


def names(urls: Sequence[str], seconds: float) -> Finding:
    """Whether the hosts of these addresses have an IP address, side by side and within a time."""
    hosts = sorted({host for url in urls if (host := urlsplit(url).hostname) and _is_name(host)})
    if not hosts:
        return Finding("DNS", Grade.OK, "no source has a name to look up")
    answers: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
    for host in hosts:
        # Nobody waits for these threads: a resolver that hangs may hang.
        threading.Thread(target=_look_up, args=(answers, host), name=f"name {host}", daemon=True).start()
    found: dict[str, bool] = {}
    end = time.monotonic() + seconds
    while len(found) < len(hosts):
        try:
            host, known = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        found[host] = known
    missing = [host for host in hosts if not found.get(host)]
    if not missing:
        return Finding("DNS", Grade.OK, f"{counted(len(hosts), 'name')} of sources found")
    if len(missing) == len(hosts):
        said = f"none of {counted(len(hosts), 'name')} is found, such as {listed(missing, 2)}"
        return Finding("DNS", Grade.FAIL, said, "`cat /etc/resolv.conf`, and mend the network or its name server")
    said = f"{len(missing)} of {len(hosts)} names not found: {listed(missing, 5)}"
    return Finding("DNS", Grade.WARN, said, "edit the url of these sources: `storywatch sources list`")


def _is_name(host: str) -> bool:
    return ":" not in host and not host.replace(".", "").isdigit() and host != "localhost"


def _look_up(answers: queue.SimpleQueue[tuple[str, bool]], host: str) -> None:
    try:
        socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        answers.put((host, False))
    else:
        answers.put((host, True))


def certificates() -> Finding:
    """Whether this machine trusts anybody: without authorities no https server is believed."""
    paths = ssl.get_default_verify_paths()
    file = Path(paths.cafile) if paths.cafile else None
    folder = Path(paths.capath) if paths.capath else None
    if file is not None and file.is_file():
        count = file.read_bytes().count(b"BEGIN CERTIFICATE")
        if count:
            return Finding("TLS", Grade.OK, f"{ssl.OPENSSL_VERSION}, {counted(count, 'root certificate')} in {file}")
    if folder is not None and folder.is_dir() and any(folder.iterdir()):
        return Finding("TLS", Grade.OK, f"{ssl.OPENSSL_VERSION}, root certificates in {folder}")
    said = "this machine trusts no certificate authority"
    return Finding("TLS", Grade.FAIL, said, "`apt-get install ca-certificates`")


def zones(name: str, now: datetime) -> Finding:
    """Which time zone data is in use, how old it is, and what time the watch's zone has by it."""
    version, where = _zone_data()
    clock = now.astimezone(zoneinfo.ZoneInfo(name))
    shown = f"{name}: {clock:%H:%M %Z}, data {version or 'of unknown age'} from {where}"
    year = int(version[:4]) if version[:4].isdigit() else now.year
    if year <= now.year - _OLD_YEARS:
        return Finding("time zones", Grade.WARN, shown, "`apt-get install --only-upgrade tzdata`")
    return Finding("time zones", Grade.OK, shown)


def _zone_data() -> tuple[str, str]:
    """The version of the data that zoneinfo reads, and where it lies: the system's comes before the package's."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").is_file():
            return _version(folder), str(folder)
    try:
        package = resources.files("tzdata").joinpath("zones")
        return importlib.metadata.version("tzdata"), f"the package tzdata ({package.name})"
    except (ImportError, importlib.metadata.PackageNotFoundError):
        return "", "nowhere"


def _version(folder: Path) -> str:
    for name, prefix in (("tzdata.zi", "# version "), ("+VERSION", "")):
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as lines:
                return lines.readline().removeprefix(prefix).strip()
        except OSError:
            continue
    return ""


def screens(config: Config) -> Finding:
    """Whether the daemon answers where the config wants its screens."""
    web = config.web
    if web.port == 0:
        said = "[web] listen has port 0 (any free one), so nobody knows where to ask"
        return Finding("screens", Grade.WARN, said, 'write a port, such as `listen = "127.0.0.1:8787"`')
    status, told = ask_screens(web.host, web.port)
    if status == 200:
        return Finding("screens", Grade.OK, f"the daemon is well at http://{web.listen}/")
    if status is None:
        return Finding("screens", Grade.WARN, told, "`storywatch run`")
    if status == 503:
        return Finding(
            "screens", Grade.FAIL, f"the daemon at {web.listen} says: {told}", "mend that, then `storywatch health`"
        )
    said = f"something else than Storywatch answers at {web.listen} (status {status})"
    return Finding("screens", Grade.FAIL, said, "edit [web] listen, or end what has that port")


def ask_screens(host: str, port: int) -> tuple[int | None, str]:
    """Status and first words of /healthz; no status when nobody answered."""
    # A daemon that listens on every address is asked on loopback.
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = HTTPConnection(near, port, timeout=SCREEN_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"User-Agent": "storywatch-health"})
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        return None, f"no daemon answers on {near}:{port} ({error or type(error).__name__})"
    finally:
        connection.close()
