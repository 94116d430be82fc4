"""Whether a database finds something broken in itself, and how long it may look."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine, text

from monitor.store import open_store
from monitor.store.soundness import damage


def test_a_large_file_is_given_up_in_time(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        with store.write() as tx:
            many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
            tx.execute(text(f"INSERT INTO meta (key, value) {many} SELECT 'k' || i, 'v' FROM n"))
        assert damage(store, -1.0) is None
        assert damage(store, 60.0) == ""


def test_pages_that_were_overwritten_are_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    open_store(f"sqlite:///{file}").close()
    data = bytearray(file.read_bytes())
    data[-3 * 4096 : -2 * 4096] = b"\xff" * 4096
    file.write_bytes(data)
    with closing(open_store(f"sqlite:///{file}", create=False)) as store:
        assert damage(store, 10.0) not in (None, "")


def test_postgresql_names_an_index_that_is_not_valid(new_postgres: Callable[[], str]) -> None:
    url = new_postgres()
    with closing(open_store(url)) as store:
        assert damage(store, 10.0) == ""
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'uq_article_url_key'::regclass")
            )
        engine.dispose()
        assert damage(store, 10.0) == "index uq_article_url_key is not valid"
