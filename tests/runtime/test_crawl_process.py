"""The reactor in a process of its own: its order, its way out, and the self-check when the guard is missing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def ran(body: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run `async def main() -> int` from `body` as the program of a real process; returns it and its seconds."""
    program = f"""
import sys, time
from datetime import timedelta
from monitor.runtime import reactor
{textwrap.dedent(body)}
if __name__ == "__main__":
    sys.exit(reactor.run(main()))
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, time.monotonic() - began


CRAWLER = """
from monitor.errors import GuardError
from monitor.runtime.crawl import Crawler
from spiders.exchange import Ask
from spiders.page import PageSpider
from spiders.settings import Manners

def crawler(**more):
    return Crawler(Manners(delay=timedelta(0), timeout=timedelta(seconds=5), **more))
"""


def test_the_exit_code_is_what_main_returns() -> None:
    done, _ = ran("async def main():\n    return 3\n")
    assert (done.returncode, done.stderr) == (3, "")


def test_a_crawl_on_the_running_loop() -> None:
    body = (
        CRAWLER
        + """
async def main():
    one = crawler()
    await one.warm_up()
    fetch = await one.fetch(Ask("http://127.0.0.1/"))
    await one.stop()
    print(fetch.outcome.value)
    return 0
"""
    )
    done, _ = ran(body)
    assert (done.returncode, done.stdout, done.stderr) == (0, "refused-by-guard\n", "")


def test_a_crawl_opens_no_console() -> None:
    body = (
        CRAWLER
        + """
import psutil
class Looking(PageSpider):
    async def start(self):
        doors = [one for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN]
        print(len(doors), sorted(self.crawler.settings["EXTENSIONS_BASE"]))
        async for request in super().start():
            yield request

async def main():
    await crawler().fetch(Ask("http://127.0.0.1/"), Looking)
    return 0
"""
    )
    done, _ = ran(body)
    assert (done.returncode, done.stdout) == (0, "0 ['scrapy.extensions.corestats.CoreStats']\n"), done.stderr


def test_without_the_reactor_there_is_a_word_and_no_crawler() -> None:
    program = "from monitor.runtime.crawl import Crawler; from spiders.settings import Manners; Crawler(Manners())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "monitor.runtime.reactor.run" in done.stderr


def test_an_exception_of_main_ends_the_process_with_its_traceback() -> None:
    done, _ = ran("async def main():\n    raise ZeroDivisionError('in main')\n")
    assert done.returncode == 1 and "ZeroDivisionError: in main" in done.stderr


LEAVING = (
    CRAWLER
    + """
class Leaving(PageSpider):
    async def start(self):
        if sys.argv[1] == "start":
            raise SystemExit(7)
        async for request in super().start():
            yield request

    def give_up(self, failure):
        raise SystemExit(7)

def hanging():
    time.sleep(120)

async def main():
    from twisted.internet import reactor as twisted_reactor
    if sys.argv[1] == "callback":
        # A name server that does not answer keeps a thread of the reactor's pool busy like this.
        twisted_reactor.callInThread(hanging)
    if sys.argv[1] == "task":
        import asyncio
        async def leave():
            raise SystemExit(7)
        asyncio.ensure_future(leave())
        await asyncio.sleep(60)
    print(await crawler().fetch(Ask("http://127.0.0.1/"), Leaving), "and on")
    return 5
"""
)


@pytest.mark.parametrize("place", ["start", "callback", "task"])
def test_system_exit_anywhere_leaves_no_zombie(place: str) -> None:
    done, seconds = ran(LEAVING, place)
    assert done.returncode == 7 and "and on" not in done.stdout
    assert seconds < 30


def test_a_hanging_thread_does_not_hold_up_the_end() -> None:
    body = """
async def main():
    from twisted.internet import reactor as twisted_reactor
    twisted_reactor.callInThread(time.sleep, 120)
    return 4
"""
    done, seconds = ran(body)
    assert done.returncode == 4 and seconds < 30


def test_the_self_check_notices_a_missing_guard() -> None:
    body = (
        CRAWLER
        + """
async def main():
    from twisted.internet import reactor as twisted_reactor
    one = crawler()
    await reactor.self_check(one)
    print("held")
    one.guard.remove_from_reactor(twisted_reactor)
    try:
        await reactor.self_check(one)
    except GuardError as error:
        print(error)
        return 9
    return 0
"""
    )
    done, _ = ran(body)
    held, through = done.stdout.splitlines()
    assert (done.returncode, held) == (9, "held")
    assert "localhost" in through and "2130706433" in through and "does not hold" in through


def test_the_self_check_notices_a_crawler_that_cannot_crawl() -> None:
    body = (
        CRAWLER
        + """
async def main():
    one = crawler()
    await one.stop()
    try:
        await reactor.self_check(one)
    except GuardError as error:
        print(error)
        return 9
    return 0
"""
    )
    done, _ = ran(body)
    assert done.returncode == 9 and "could not be checked" in done.stdout


def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    body = (
        CRAWLER
        + """
import asyncio
async def main():
    async def answer(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\n<p/>")
        writer.close()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    door = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    async with server:
        fetch = await crawler(allow_private=(door,)).fetch(Ask(f"http://{door}/"), robots=False)
    print(fetch.outcome.value)
    return 0
"""
    )
    done, _ = ran(body)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
