"""A batch on several processes or machines, through dask.distributed.

The client reads the clips and writes the results: workers get and give bytes, and need no folder in common.
"""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from texturize.batch.job import Failure, Job, attempt
from texturize.batch.plan import MISSING
from texturize.batch.run import Outcome, read_clip
from texturize.errors import ClusterError
from texturize.runtime.explain import explain
from texturize.runtime.processors import cpu_threads

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 2
"""Jobs handed out for each worker: one that it works on, and the next."""
MOST_DEATHS = 10
"""Workers that may die of a job, or beside it, before the job is given up."""
POLL_SECONDS = 0.2
CONNECT_SECONDS = 20


@contextmanager
def local_cluster(workers: int, threads: int) -> Iterator[Client]:
    """Processes of this machine, each held to ``threads`` CPU threads; those that die are replaced."""
    _need_distributed()
    import dask  # noqa: PLC0415
    from distributed import Client, LocalCluster  # noqa: PLC0415

    held = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    settings = {
        "distributed.scheduler.allowed-failures": MOST_DEATHS,
        "distributed.nanny.pre-spawn-environ": held,
        "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def running_cluster(address: str) -> Iterator[Client]:
    """The workers of a scheduler that runs already.

    Raises
    ------
    ClusterError
        No scheduler answers at the address.
    """
    _need_distributed()
    from distributed import Client  # noqa: PLC0415

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterError(f"{address}: no scheduler answers", "start one with `dask scheduler`") from error
    with client:
        yield client


def on_cluster(
    jobs: Iterable[Job], client: Client, command: tuple[str, ...], threads: int | None, stopped: Callable[[], bool]
) -> Iterator[tuple[Job, str, Outcome]]:
    """Each job, the hash of its clip as it was read, and what came of it, in the order they end.

    A job whose worker dies is done again by another. Once ``stopped`` returns True: KeyboardInterrupt.
    """
    from distributed import wait  # noqa: PLC0415

    waiting = iter(jobs)
    running: dict[Future[Any], tuple[Job, str]] = {}
    while True:
        room = AHEAD * max(1, len(client.nthreads())) - len(running)
        for job in islice(waiting, max(0, room)):
            data = read_clip(job)
            if isinstance(data, Failure):
                yield job, MISSING, data
                continue
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
                future = client.submit(attempt, job, data, command, threads, pure=False)
            running[future] = job, hashlib.sha256(data).hexdigest()
        if not running:
            return
        try:
            done = wait(list(running), timeout=POLL_SECONDS, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            done = set()
        if stopped():
            client.cancel(list(running))
            raise KeyboardInterrupt
        for future in done:
            job, hashed = running.pop(future)
            yield job, hashed, _outcome(future)
            future.release()


def _outcome(future: Future[Any]) -> Outcome:
    error = future.exception()
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    if type(error).__name__ == "KilledWorker":
        return Failure(f"{MOST_DEATHS} workers died of it; do they have enough memory?")
    return Failure(explain(error, "`texturize synth --debug` shows where"))


def share_of_threads(workers: int) -> int:
    """CPU threads for each of the workers, of those that this process has."""
    return max(1, cpu_threads() // workers)


def _need_distributed() -> None:
    try:
        import distributed  # noqa: F401, PLC0415
    except ImportError:
        raise ClusterError(
            "several workers need the package distributed, which is not installed",
            "install texturize-audio with the extra [cluster], or leave out --workers and --scheduler",
        ) from None
