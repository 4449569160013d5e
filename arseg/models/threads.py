"""As many threads as a model asks for, whatever the environment's default is.

OpenMP caps a library by ``OMP_NUM_THREADS``, which is 1 in every process of ours: busy machines turned idle threads'
waiting into minutes. Who asks a model for more threads gets them for that model alone, and gives nothing to the
libraries of linear algebra, whose sums would come out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from arseg.side_by_side import is_beside


@contextmanager
def threads(jobs: int) -> Iterator[None]:
    """Let boosters take so many threads inside.

    Parameters
    ----------
    jobs
        Threads; with 1 nothing is changed, as a booster that is asked for one takes one. Beside other work
        it takes one, too.
    """
    if jobs == 1:
        yield
        return
    with threadpool_limits(limits=1 if is_beside() else jobs, user_api="openmp"):
        yield
