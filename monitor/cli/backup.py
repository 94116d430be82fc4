"""`backup` and `restore`: the archive and its raw files somewhere else, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.opening import load_config
from monitor.cli.output import JSON, Json, put, put_json, say
from monitor.cli.root import PARTLY, settings_of

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store.backups import Restored


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="PATH", help="A file that does not exist yet.")],
    warc: Annotated[bool, typer.Option("--warc", help="The raw responses too, into the folder PATH.warc.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Copy the archive to a file, while the daemon runs or not. The copy is complete or not there.

    What is not copied is told on stderr. Exit 3: the database is on PostgreSQL, so only the raw responses were copied.

    \b
    storywatch backup /backups/storywatch-2026-01-31.db
    storywatch backup /backups/storywatch-2026-01-31.db --warc
    """
    from monitor import store
    from monitor.store.backups import raw_target

    config = load_config(settings_of(ctx))
    folder = config.archive.raw_folder
    if warc and folder is not None and folder.is_dir():
        store.backup_with_raw(config.archive.url, target, folder)
    else:
        store.backup(config.archive.url, target)
        folder = None
    left = _left(config, target, raw=folder is None, asked=warc)
    document: Json = {"path": None, "bytes": 0, "warc": None, "not_copied": left}
    if target.exists():
        document |= {"path": str(target.absolute()), "bytes": target.stat().st_size}
    if folder is not None:
        document["warc"] = _counted(raw_target(target.absolute()))
    _tell(document, as_json)
    if not target.exists():
        raise typer.Exit(PARTLY)


def _counted(folder: Path) -> Json:
    from monitor.store.raw import files

    sizes = [size for _, size, _ in files(folder)]
    return {"path": str(folder), "files": len(sizes), "bytes": sum(sizes)}


def _tell(document: Json, as_json: bool) -> None:
    if as_json:
        put_json(document)
    else:
        if document["path"] is not None:
            put(f"{document['path']}\t{document['bytes']} bytes")
        if (raw := document["warc"]) is not None:
            put(f"{raw['path']}\t{raw['files']} files, {raw['bytes']} bytes")
    for one in document["not_copied"]:
        say(f"not copied: {one}")


def _left(config: Config, target: Path, *, raw: bool, asked: bool) -> list[str]:
    """What a backup does not hold, and how to keep that."""
    left = []
    if not target.exists():
        left.append(f"the database {config.archive.shown_url}: run `pg_dump --format=custom` before this command")
    folder = config.archive.raw_folder
    if raw and folder is not None and not asked:
        left.append(f"the raw responses in {folder}: `storywatch backup PATH --warc` copies them, too")
    elif raw and asked:
        left.append("raw responses: none are kept" if folder is None else f"raw responses: there is no {folder} yet")
    left.append("the config, and the files and variables that hold its secrets: keep these yourself")
    return left


def restore(
    ctx: typer.Context,
    copy: Annotated[Path, typer.Argument(metavar="PATH", help="A file that `backup` made.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Put a backup where the config wants its archive, with the raw responses of PATH.warc where there are some.

    Needed: the daemon is stopped, and no archive lies there any more. Nothing is overwritten. Exit 3: raw responses
    that the archive promises are neither in PATH.warc nor in the config's folder.

    \b
    storywatch restore /backups/storywatch-2026-01-31.db && storywatch verify
    """
    from monitor import store

    archive = load_config(settings_of(ctx)).archive
    with store.archive_lock(archive.url):
        done = store.restore(copy, archive.url, archive.raw_folder)
    if as_json:
        put_json({"path": str(archive.file), "files": done.files, "missing": list(done.missing), "owed": done.owed})
    else:
        put(f"{archive.file}\t{done.files} files of raw responses")
    _warn(done)
    if done.missing:
        raise typer.Exit(PARTLY)


def _warn(done: Restored) -> None:
    for name in done.missing:
        say(f"not there: {name}, which the archive promises: copy it into the folder of raw responses")
    if done.owed:
        waited = "1 delivery" if done.owed == 1 else f"{done.owed} deliveries"
        say(
            f"{waited} waited when the backup was made: the next `storywatch run` sends them, also those that went out"
            " since then; see `storywatch alerts list`"
        )
