"""The CPU pool: results come back, errors too, and children that die or hang cost only themselves."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from monitor.errors import ParseError
from monitor.runtime.pool import Killed, Limits, Pool

T = TypeVar("T")


def double(number: int) -> int:
    return 2 * number


def whoami() -> int:
    return os.getpid()


def refuse(word: str) -> None:
    raise ParseError(word)


def leave() -> None:
    sys.exit(3)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: str) -> str:
    """Kill the child the first time, answer the second."""
    if not Path(mark).exists():
        Path(mark).touch()
        die()
    return "survived"


def spin(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def swallow(megabytes: int) -> int:
    return len(bytearray(megabytes * 2**20))


def with_pool(work: Callable[[Pool], Awaitable[T]], workers: int = 1, limits: Limits | None = None) -> T:
    async def session() -> T:
        pool = Pool(workers, limits)
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(session())


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_results_and_errors_come_back(workers: int) -> None:
    async def work(pool: Pool) -> list[int]:
        with pytest.raises(ParseError, match="an own word"):
            await pool.run(refuse, "an own word", timeout=30)
        return await asyncio.gather(*(pool.run(double, number, timeout=30) for number in range(20)))

    assert with_pool(work, workers) == [2 * number for number in range(20)]


def test_work_is_done_in_another_process_and_in_the_same_one_again() -> None:
    async def work(pool: Pool) -> list[int]:
        return [await pool.run(whoami, timeout=30) for _ in range(3)]

    assert len(set(pids := with_pool(work))) == 1
    assert pids[0] != os.getpid()


def test_a_child_is_replaced_after_its_number_of_jobs() -> None:
    async def work(pool: Pool) -> list[int]:
        return [await pool.run(whoami, timeout=30) for _ in range(4)]

    first, second, third, fourth = with_pool(work, limits=Limits(jobs=2))
    assert first == second != third == fourth


def test_a_job_that_kills_its_child_twice_is_killed_and_harms_nobody_else() -> None:
    async def work(pool: Pool) -> list[object]:
        jobs = [pool.run(double, number, timeout=30) for number in range(15)]
        jobs.insert(4, pool.run(die, timeout=30))
        return await asyncio.gather(*jobs, return_exceptions=True)

    results = with_pool(work, workers=2)
    culprit = results.pop(4)
    assert isinstance(culprit, Killed)
    assert "died" in str(culprit)
    assert results == [2 * number for number in range(15)]


def test_a_job_whose_child_was_killed_once_from_outside_is_repeated(tmp_path: Path) -> None:
    assert with_pool(lambda pool: pool.run(die_once, str(tmp_path / "mark"), timeout=30)) == "survived"


def test_an_idle_child_that_was_killed_is_replaced() -> None:
    async def work(pool: Pool) -> int:
        os.kill(await pool.run(whoami, timeout=30), signal.SIGKILL)
        return await pool.run(double, 4, timeout=30)

    assert with_pool(work) == 8


def test_an_overrunning_job_is_ended_and_the_loop_stays_free() -> None:
    async def work(pool: Pool) -> tuple[float, int]:
        ticks: list[float] = []

        async def watch() -> None:
            while True:
                ticks.append(time.monotonic())
                await asyncio.sleep(0.01)

        watcher = asyncio.create_task(watch())
        with pytest.raises(Killed, match=r"not finished after 0\.3 s"):
            await pool.run(spin, 60.0, timeout=0.3)
        watcher.cancel()
        gap = max(later - earlier for earlier, later in itertools.pairwise(ticks))
        return gap, await pool.run(double, 5, timeout=30)

    gap, after = with_pool(work)
    assert after == 10
    assert gap < 1.0


def test_a_job_over_its_cpu_limit_is_ended_by_the_system() -> None:
    async def work(pool: Pool) -> int:
        with pytest.raises(Killed, match="died"):
            await pool.run(spin, 60.0, timeout=50)
        return await pool.run(double, 6, timeout=30)

    assert with_pool(work, limits=Limits(cpu_seconds=0)) == 12


def test_the_cpu_limit_is_each_job_s_own() -> None:
    async def work(pool: Pool) -> list[str]:
        return [await pool.run(spin, 0.6, timeout=30) for _ in range(4)]

    assert with_pool(work, limits=Limits(cpu_seconds=1)) == ["done"] * 4


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce RLIMIT_AS")
def test_a_job_over_its_memory_is_killed() -> None:
    async def work(pool: Pool) -> int:
        with pytest.raises(Killed, match="more memory than 1500 MB"):
            await pool.run(swallow, 4_000, timeout=30)
        return await pool.run(swallow, 10, timeout=30)

    assert with_pool(work) == 10 * 2**20


def test_a_job_that_exits_is_an_error_and_no_exit() -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(RuntimeError, match="tried to exit"):
            await pool.run(leave, timeout=30)

    with_pool(work)


def test_a_cancelled_job_frees_its_worker() -> None:
    async def work(pool: Pool) -> int:
        job = asyncio.create_task(pool.run(spin, 60.0, timeout=60))
        await asyncio.sleep(0.5)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        return await pool.run(double, 7, timeout=30)

    assert with_pool(work) == 14


def test_closing_is_quick_and_ends_running_jobs() -> None:
    async def session() -> tuple[float, object]:
        pool = Pool(2)
        await pool.run(double, 1, timeout=30)
        job = asyncio.create_task(pool.run(spin, 60.0, timeout=60))
        await asyncio.sleep(0.3)
        start = time.monotonic()
        await pool.close()
        with pytest.raises(Killed):
            await job
        with pytest.raises(Killed, match="closed"):
            await pool.run(double, 1, timeout=30)
        return time.monotonic() - start, None

    assert asyncio.run(session())[0] < 2


def test_one_thread_gives_an_overrunning_job_up_and_goes_on() -> None:
    async def work(pool: Pool) -> int:
        with pytest.raises(Killed):
            await pool.run(time.sleep, 1.0, timeout=0.1)
        return await pool.run(double, 8, timeout=30)

    assert with_pool(work, workers=0) == 16


def test_children_die_with_a_daemon_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "daemon.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, os
            from monitor.runtime.pool import Pool

            async def main():
                print(await Pool(1).run(os.getpid, timeout=60), flush=True)
                await asyncio.sleep(60)

            if __name__ == "__main__":
                asyncio.run(main())
            """
        )
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    ) as daemon:
        assert daemon.stdout is not None
        child = psutil.Process(int(daemon.stdout.readline()))
        daemon.kill()
        daemon.wait(timeout=10)
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running()
