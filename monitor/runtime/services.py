"""What the jobs work with: one value that the daemon and the single pass build and hand down."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import random
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Concatenate, ParamSpec, TextIO, TypeVar

import structlog

from alerts.channels import Channel, open_channels
from monitor import pipeline
from monitor.config import Config
from monitor.errors import ParseError, StoreError
from monitor.model import Document
from monitor.query import freeze_rule
from monitor.runtime.crawl import Crawler
from monitor.runtime.evidence import tidy
from monitor.runtime.manners import RobotsShelf, remember_hosts
from monitor.runtime.pool import Pool
from monitor.runtime.reactor import self_check
from monitor.store import Store, entries, linkkey, open_store, rules, sources
from monitor.store.raw import RawWriter
from monitor.watch import Watch, compile_watch, corpus_files
from spiders.files import document_from_file
from spiders.settings import Manners

log = structlog.get_logger("storywatch")
RECORD_AGAIN_SECONDS = 2.0
P = ParamSpec("P")
T = TypeVar("T")


def utc_now() -> datetime:
    """The clock of the running daemon; everything below it gets `now` as an argument."""
    return datetime.now(UTC)


def new_owner() -> str:
    """A name for this process in leases: unlike any process before it, also after a pid was used again."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


@dataclass
class Services:
    """The running parts. `watch` and `channels` are swapped together by a reload."""

    store: Store
    watch: Watch
    channels: Mapping[str, Channel]
    crawler: Crawler
    pool: Pool
    raw: RawWriter | None = None
    link_key: bytes = field(default=b"", repr=False)
    owner: str = field(default_factory=new_owner)
    clock: Callable[[], datetime] = utc_now
    chance: random.Random = field(default_factory=random.Random)
    # One writer: SQLite has one anyway, and on PostgreSQL judgements are serialised by the watch lock.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "store-writer"))
    # Held from foreseeing an article until it is recorded: one that came between would make its judgement void.
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def zone(self) -> tzinfo:
        """The watch's time zone, for times that name none."""
        return self.watch.config.watch.zone

    async def record(self, step: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one pipeline step against the store, off the loop.

        Shielded: a cancelled job must not leave a step that is half told to the caller and whole in the archive.
        """
        work = asyncio.get_running_loop().run_in_executor(
            self.writer, functools.partial(step, self.store, *args, **kwargs)
        )
        return await asyncio.shield(work)

    async def record_surely(self, step: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Record what has happened already and cannot be done again: tried until the archive takes it."""
        while True:
            try:
                return await self.record(step, *args, **kwargs)
            except StoreError as error:
                log.error("cannot be recorded yet", error=str(error))
                await asyncio.sleep(RECORD_AGAIN_SECONDS)

    async def look(self, question: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the archive something, off the loop and beside the writer."""
        return await asyncio.to_thread(question, self.store, *args, **kwargs)


@contextlib.asynccontextmanager
async def start_services(config: Config, console: TextIO | None = None) -> AsyncIterator[Services]:
    """The parts of a running Storywatch while the block runs. Raises ConfigError, StoreError, NewerSchema."""
    watch = compile_watch(config)
    store = open_store(config.archive.url, synchronous=config.archive.synchronous)
    pool = Pool(min(4, os.cpu_count() or 1))
    writer = ThreadPoolExecutor(1, "store-writer")
    crawler = Crawler(manners(config), RobotsShelf(store, writer, utc_now))
    with store.write() as tx:
        key = linkkey.link_key(tx)
    channels = open_channels(config, console, key)
    services = Services(store, watch, channels, crawler, pool, link_key=key, writer=writer)
    if config.archive.raw_folder is not None:
        services.raw = RawWriter(config.archive.raw_folder)
    try:
        yield services
    finally:
        await pool.close()
        services.writer.shutdown(wait=True)
        if services.raw is not None:
            services.raw.close()
        store.close()


def manners(config: Config) -> Manners:
    """The config's [fetch] as the crawler wants it."""
    fetch = config.fetch
    return Manners(
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        timeout=fetch.timeout,
        max_body=fetch.max_body,
        obey_robots=fetch.obey_robots,
        user_agent=fetch.agent,
        delay=fetch.delay,
        allow_private=fetch.allow_private,
    )


async def learn_corpus(services: Services) -> int:
    """Load the corpus files of the config; those already known are only read. Returns how many were new."""
    learnt = 0
    for path in corpus_files(services.watch.config):
        document = await asyncio.to_thread(read_file, path, services.clock())
        result = await services.record(pipeline.learn, services.watch, document, services.clock())
        learnt += result.recorded
    return learnt


def read_file(path: Path, now: datetime) -> Document:
    """A known article from a .txt, .html or .md file. Raises ParseError naming the file."""
    try:
        return document_from_file(path.name, path.read_bytes(), now)
    except (ParseError, OSError) as error:
        raise ParseError(f"{path}: {error}") from error


async def prepare(services: Services) -> None:
    """Everything that must have happened before the first tick."""
    await services.crawler.warm_up()
    await self_check(services.crawler)
    await services.record(_boot, services)
    remember_hosts(services.store, services.crawler.hosts, services.clock())
    await learn_corpus(services)


def _boot(store: Store, services: Services) -> None:
    """Take over what a dead process left: leases are freed, half-sent deliveries are ambiguous now."""
    now = services.clock()
    tidy(store, services.watch.config.archive, now)
    remember_watch(store, services.watch, now)
    take_over(store, now)


def take_over(store: Store, now: datetime) -> None:
    """What a dead process held is free; what it was sending is ambiguous. Under the archive lock."""
    with store.write() as tx:
        freed = sources.free_leases(tx) + entries.free_leases(tx)
    unclear = pipeline.recover(store, now)
    if freed or unclear:
        log.info("took over", leases=freed, ambiguous_deliveries=unclear)


def remember_watch(store: Store, watch: Watch, now: datetime) -> None:
    """Bring the archive's sources in line with a watch, and keep the revision of each of its rules."""
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, now)
        for rule_id, compiled in watch.compiled.items():
            rule, lists = watch.rules[rule_id], watch.config.lists
            rules.save_revision(tx, rule, compiled.revision, lists, now, frozen=freeze_rule(compiled))
