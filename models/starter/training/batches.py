"""Batches in order, made ahead of time: by threads beside a CPU's network, by processes for a GPU."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler


class Samples(Protocol):
    def batch(self, numbers: list[int]) -> dict[str, np.ndarray]: ...


Numbers = Callable[[int], list[int]]


def on_device(batch: dict[str, np.ndarray], device: torch.device) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(array)).to(device)
            for name, array in batch.items()}


class BatchesByThreads:
    """`numbers_of_step` gives the sample numbers of a step; the first step taken is `first`."""

    def __init__(self, task: Samples, numbers_of_step: Numbers, first: int, threads: int):
        self.task = task
        self.numbers_of_step = numbers_of_step
        self.pool = ThreadPoolExecutor(threads)
        self.next = first
        self.queue: deque = deque()
        for _ in range(threads + 2):
            self._order()

    def _order(self) -> None:
        self.queue.append(self.pool.submit(self.task.batch, self.numbers_of_step(self.next)))
        self.next += 1

    def take(self, device: torch.device) -> dict[str, Tensor]:
        batch = self.queue.popleft().result()
        self._order()
        return on_device(batch, device)

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)


class Steps(Sampler):
    """The numbers of the steps from `first` on, without end."""

    def __init__(self, first: int):
        self.first = first

    def __iter__(self) -> Iterator[int]:
        step = self.first
        while True:
            yield step
            step += 1


class BatchOfStep(torch.utils.data.Dataset):
    def __init__(self, task: Samples, numbers_of_step: Numbers):
        self.task, self.numbers_of_step = task, numbers_of_step

    def __getitem__(self, step: int) -> dict[str, np.ndarray]:
        return self.task.batch(self.numbers_of_step(step))


def begin_process(_: int) -> None:
    # The trainer's own handler came along; here it would keep the process from being ended.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    torch.set_num_threads(1)
    cv2.setNumThreads(0)


class BatchesByProcesses:
    """The same for a device that asks for more than threads give, all of which wait for one
    interpreter. The processes hand their batches over in shared memory."""

    def __init__(self, task: Samples, numbers_of_step: Numbers, first: int, processes: int):
        loader = DataLoader(BatchOfStep(task, numbers_of_step), batch_size=None, sampler=Steps(first),
                            num_workers=processes or max(1, (os.cpu_count() or 2) - 1),
                            prefetch_factor=3, pin_memory=torch.cuda.is_available(),
                            worker_init_fn=begin_process)
        self.batches = iter(loader)

    def take(self, device: torch.device) -> dict[str, Tensor]:
        batch = next(self.batches)
        return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}

    def close(self) -> None:
        # The processes end with the iterator.
        self.batches = iter(())


def batches_ahead(task: Samples, numbers_of_step: Numbers, first: int, device: torch.device,
                  threads: int, processes: int) -> BatchesByThreads | BatchesByProcesses:
    """`processes` is for a GPU, 0 for one less than there are processors."""
    if device.type == "cuda":
        return BatchesByProcesses(task, numbers_of_step, first, processes)
    return BatchesByThreads(task, numbers_of_step, first, threads)
