"""Learning rate over the steps: warm-up, constant, decay; and the short decay of a branch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


def decay(done: float, lowest: float) -> float:
    """One minus square root: falls fast at first, where most of the gain of a decay lies."""
    return max(lowest, 1 - done ** 0.5)


@dataclass
class Schedule:
    peak: float
    warm_up: int
    total: int
    decay_share: float = 0.25
    lowest: float = 0.02
    # A branch starts its decay at `branch_from` and ends after `branch_steps` more steps.
    branch_from: int = 0
    branch_steps: int = 0

    @property
    def last_step(self) -> int:
        return self.branch_from + self.branch_steps if self.branch_steps else self.total

    def ended(self, step: int) -> bool:
        return step >= self.last_step

    def rate(self, step: int) -> float:
        if self.branch_steps:
            return self.peak * decay((step - self.branch_from) / self.branch_steps, self.lowest)
        if step < self.warm_up:
            return self.peak * (step + 1) / self.warm_up
        start = self.total * (1 - self.decay_share)
        if step <= start:
            return self.peak
        return self.peak * decay((step - start) / (self.total - start), self.lowest)


@dataclass
class TimedSchedule:
    """Warm-up, constant, decay over a time instead of a number of steps: for a machine that is lent
    for some minutes and whose speed nobody knows beforehand. A run on it is not repeatable, and one
    that is resumed begins its time anew."""

    peak: float
    warm_up: int
    seconds: float
    decay_share: float = 0.25
    lowest: float = 0.02
    started: float = field(default_factory=time.monotonic)

    def share_done(self) -> float:
        return (time.monotonic() - self.started) / self.seconds

    def ended(self, step: int) -> bool:
        return self.share_done() >= 1

    def rate(self, step: int) -> float:
        if step < self.warm_up:
            return self.peak * (step + 1) / self.warm_up
        start = 1 - self.decay_share
        return self.peak * decay(max(0.0, min(1.0, (self.share_done() - start) / self.decay_share)),
                                 self.lowest)
