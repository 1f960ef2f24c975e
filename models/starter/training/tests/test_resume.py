"""A run that is interrupted and resumed ends with the weights of one that was not."""

import numpy as np
import torch
from torch import nn

import checkpoint
from batches import BatchesByProcesses, BatchesByThreads
from training_loop import Run, work


class LineTask:
    def __init__(self, config):
        pass

    def network(self):
        return nn.Sequential(nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))

    def batch(self, numbers):
        return {"x": np.stack([np.random.default_rng(n).normal(size=(1, 4, 4)) for n in numbers])
                .astype(np.float32)}

    def loss(self, network, batch, autocast):
        loss = (network(batch["x"]) - 2 * batch["x"]).square().mean()
        return loss, {}

    def validate(self, network, device):
        return {"figure": 1.0}


def config(folder, steps):
    return {"run": str(folder), "seed": 1, "batch": 4, "steps": steps, "rate": 0.01, "warm_up": 3,
            "decay_share": 0.25, "betas": [0.9, 0.99], "weight_decay": 0.05, "clip": 5.0,
            "average_decay": 0.99, "loader_threads": 2, "loader_processes": 2, "minutes": 0, "report_every": 5, "validate_every": 100,
            "checkpoint_seconds": 1e9, "start_from": "", "cooldown_from": "", "cooldown_steps": 0,
            "validate": False, "processes": 1}


def run(folder, until=None, steps=20):
    folder.mkdir(exist_ok=True)
    made = Run(0, 1, torch.device("cpu"), LineTask(None), config(folder, steps))
    if until:
        one_step = made.one_step

        def limited(batch):
            loss, parts, _ = one_step(batch)
            return loss, parts, made.step == until

        made.one_step = limited
    made.go()
    return made


def test_resumed_run_equals_an_uninterrupted_one(tmp_path):
    whole = run(tmp_path / "whole")
    first = run(tmp_path / "parts", until=9)
    second = run(tmp_path / "parts")
    assert first.step == 9 and second.step == whole.step == 20
    for a, b in zip(whole.average.network.state_dict().values(),
                    second.average.network.state_dict().values()):
        assert torch.equal(a, b)
    assert torch.equal(whole.flat.weights, second.flat.weights)
    steps = [row["step"] for row in second.train_curve.rows]
    assert steps == ["5", "9", "10", "15", "20"]


class GrownTask(LineTask):
    def network(self):
        network = super().network()
        network.add_module("more", nn.Conv2d(1, 1, 1))
        return network


def test_a_branch_may_have_parts_that_its_run_did_not_have(tmp_path):
    trunk = run(tmp_path / "trunk", until=9)
    settings = {**config(tmp_path / "branch", 20), "cooldown_steps": 4,
                "cooldown_from": str(tmp_path / "trunk" / "checkpoint.pt")}
    (tmp_path / "branch").mkdir()
    grown = Run(0, 1, torch.device("cpu"), GrownTask(None), settings)
    assert grown.step == 9
    for name, value in trunk.network.state_dict().items():
        assert torch.equal(grown.network.state_dict()[name], value), name
    grown.go()
    assert grown.step == 13
    again = Run(0, 1, torch.device("cpu"), GrownTask(None), settings)
    assert torch.equal(again.flat.weights, grown.flat.weights)


def test_two_processes_go_through_the_same_steps(tmp_path):
    settings = {**config(tmp_path, 12), "processes": 2}
    torch.multiprocessing.spawn(work, (LineTask, settings, f"file://{tmp_path}/rendezvous"), 2)
    together = checkpoint.load(tmp_path / "checkpoint.pt")
    alone = run(tmp_path / "alone", steps=12)
    assert together["step"] == 12 and together["samples"] == 48
    # Each process has its own batch statistics, so the weights agree only roughly.
    for name in ("0.weight", "2.weight"):
        assert torch.allclose(together["network"][name],
                              alone.network.state_dict()[name], atol=0.1)


def test_processes_make_the_batches_that_threads_make():
    def numbers(step):
        return [step * 4 + k for k in range(4)]

    by_threads = BatchesByThreads(LineTask(None), numbers, 5, 2)
    by_processes = BatchesByProcesses(LineTask(None), numbers, 5, 2)
    try:
        for _ in range(7):
            one, other = (b.take(torch.device("cpu")) for b in (by_threads, by_processes))
            assert torch.equal(one["x"], other["x"])
    finally:
        by_threads.close()
        by_processes.close()


def test_a_run_for_a_time_ends_with_it_and_saves(tmp_path):
    settings = {**config(tmp_path, 10**9), "minutes": 0.02, "warm_up": 1}
    made = Run(0, 1, torch.device("cpu"), LineTask(None), settings)
    made.go()
    assert made.step > 1 and checkpoint.load(tmp_path / "checkpoint.pt")["step"] == made.step
    rates = [float(row["rate"]) for row in made.train_curve.rows]
    assert rates[0] > 0.009 and rates[-1] < 0.004, "the decay is part of the time"
