# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks side by side, each in a process of its own: what kills one costs its last step.

A video takes minutes, a process seconds; and a library that crashes on a damaged file takes no
other video along.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Final

from .task import Task

TRIES: Final = 3  # of a task whose process ended under it

Progress = Callable[[str], None]


def run(
    tasks: Iterable[Task], work: Callable[[Task], None], workers: int, progress: Progress
) -> None:
    """WORK on each of TASKS that is not done, WORKERS at once; WORK goes to other processes.

    One whose process ends before the task is done or failed begins again, TRIES times at most,
    and fails then.
    """
    context = multiprocessing.get_context("spawn")  # forked threads of libraries would hang
    left = deque((task, 1) for task in tasks if not task.done)
    total, finished = len(left), 0
    running: dict[int, tuple[BaseProcess, Task, int]] = {}
    try:
        while left or running:
            while left and len(running) < workers:
                begun = context.Process(target=work, args=(left[0][0],), daemon=True)
                begun.start()
                running[begun.sentinel] = (begun, *left.popleft())
            wait(list(running))
            ended = [one for one in running if not running[one][0].is_alive()]
            for process, task, tries in map(running.pop, ended):
                process.join()
                if not task.done and tries < TRIES:
                    left.append((task, tries + 1))
                    continue
                finished += 1
                progress(f"{finished} of {total}: {_outcome(task)}")
    finally:
        for process, _, _ in running.values():
            process.kill()


def _outcome(task: Task) -> str:
    if not task.done:
        task.fail(f"'{task.video}' ended the process that read it, {TRIES} times: leave it out.")
    return task.failure or f"'{task.name}' is read"
