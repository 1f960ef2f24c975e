"""The loop both trainers run: processes, batches ahead of time, steps, checkpoints, curves.

The same code serves several one-thread processes on a CPU and one process on a CUDA device.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import time
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor, distributed, nn

import checkpoint
import warm_start
from batches import batches_ahead, on_device
from curves import Curve, draw
from flat_state import FlatState, MovingAverage, grown
from schedule import Schedule, TimedSchedule

HERE = Path(__file__).resolve().parent
# Enough for the statistics of a batch norm, a few seconds of one processor.
WARM_START_SAMPLES = 512


class Task(Protocol):
    """What a trainer brings: its network, its samples, its loss and its figures."""

    def network(self) -> nn.Module: ...

    def batch(self, numbers: list[int]) -> dict[str, np.ndarray]: ...

    def loss(self, network: nn.Module, batch: dict[str, Tensor], autocast: torch.autocast
             ) -> tuple[Tensor, dict[str, Tensor]]: ...

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]: ...


def arguments(name: str) -> argparse.Namespace:
    project = HERE.parents[2]
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, default=HERE / f"{name}.toml")
    parser.add_argument("--data", default=os.environ.get(
        "STARTER_DATA", str(project / "../shared/training")))
    parser.add_argument("--state", default=os.environ.get(
        "STARTER_STATE", str(project / "../starter-training")))
    parser.add_argument("--run", default=name, help="name of the run's folder under --state")
    parser.add_argument("--processes", type=int, help="default: as configured (one on CUDA)")
    parser.add_argument("--steps", type=int, help="another total number of steps")
    parser.add_argument("--minutes", type=float, default=0,
                        help="so long from the first step on, whatever the number of steps")
    parser.add_argument("--batch", type=int, help="another number of samples a step")
    parser.add_argument("--rate", type=float, help="another highest learning rate")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="overrides one value of the configuration's [options]")
    parser.add_argument("--start-from", type=Path, metavar="FILE.onnx",
                        help="a new run begins with the weights of this exported file")
    parser.add_argument("--cooldown-from", type=Path, metavar="CHECKPOINT",
                        help="branch off: only the decay, from this checkpoint")
    parser.add_argument("--cooldown-steps", type=int, default=0)
    parser.add_argument("--no-validation", action="store_true")
    return parser.parse_args()


def read_config(options: argparse.Namespace) -> dict:
    config = tomllib.loads(options.config.read_text())
    for change in options.set:
        key, value = change.split("=", 1)
        config["options"][key] = tomllib.loads(f"value = {value}")["value"]
    if options.steps:
        config["steps"] = options.steps
    config["minutes"] = options.minutes
    config["batch"] = options.batch or config["batch"]
    config["rate"] = options.rate or config["rate"]
    config["folders"] = {"data": options.data, "state": options.state}
    config["run"] = str(Path(options.state) / options.run)
    config["start_from"] = str(options.start_from or "")
    config["cooldown_from"] = str(options.cooldown_from or "")
    config["cooldown_steps"] = options.cooldown_steps
    config["validate"] = not options.no_validation
    if options.processes:
        config["processes"] = options.processes
    elif torch.cuda.is_available():
        config["processes"] = 1
    return config


def launch(make_task, name: str) -> None:
    config = read_config(arguments(name))
    run = Path(config["run"])
    run.mkdir(parents=True, exist_ok=True)
    # Decoding happens here once; the processes started below only map its result.
    make_task(config)
    if config["processes"] == 1:
        work(0, make_task, config, "")
        return
    rendezvous = run / f"rendezvous-{os.getpid()}"
    torch.multiprocessing.spawn(work, (make_task, config, f"file://{rendezvous.resolve()}"),
                                config["processes"])
    rendezvous.unlink(missing_ok=True)


def keep_freed_memory() -> None:
    """Tells glibc to reuse large blocks: otherwise a tenth of the time goes into page faults."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    trim_threshold, mmap_threshold = -1, -3
    libc.mallopt(mmap_threshold, 32 * 1024 * 1024)
    libc.mallopt(trim_threshold, 2**31 - 1)


def bfloat16_pays(device: torch.device) -> bool:
    """Without AVX-512 PyTorch emulates bfloat16: measured 16 times slower than float32."""
    return device.type == "cuda" or "AVX512" in torch.backends.cpu.get_cpu_capability()


def work(rank: int, make_task, config: dict, rendezvous: str) -> None:
    world = config["processes"]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    keep_freed_memory()
    torch.backends.cudnn.benchmark = True
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    if world > 1:
        distributed.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=world)
    try:
        Run(rank, world, device, make_task(config), config).go()
    finally:
        if world > 1:
            distributed.destroy_process_group()


class Run:
    def __init__(self, rank: int, world: int, device: torch.device, task: Task, config: dict):
        self.rank, self.world, self.device = rank, world, device
        self.task, self.config = task, config
        self.folder = Path(config["run"])
        self.stop_asked = False
        torch.manual_seed(config["seed"])
        network = task.network().to(device, memory_format=torch.channels_last)
        self.step, self.samples, self.seconds = 0, 0, 0.0
        if config["start_from"] and not self.checkpoint_file.exists():
            self.start_from(network, Path(config["start_from"]))
        self.flat = FlatState(network)
        self.network = network
        self.average = MovingAverage(network, config["average_decay"])
        self.optimiser = self.flat.optimiser(tuple(config["betas"]), config["weight_decay"])
        self.branch_from = 0
        self.resume()
        # Its time begins with the first step.
        self.schedule: Schedule | TimedSchedule | None = None

    def make_schedule(self) -> Schedule | TimedSchedule:
        config = self.config
        if config["minutes"]:
            return TimedSchedule(config["rate"], config["warm_up"], config["minutes"] * 60,
                                 config["decay_share"])
        return Schedule(config["rate"], config["warm_up"], config["steps"], config["decay_share"],
                        branch_from=self.branch_from, branch_steps=config["cooldown_steps"])

    def start_from(self, network: nn.Module, file: Path) -> None:
        """Weights and number of samples of an exported file; batch norms measured anew."""
        warm_start.load_folded(network, file)
        self.samples = warm_start.samples_of(file)
        autocast = torch.autocast(self.device.type, enabled=False)

        def passes() -> None:
            for start in range(0, WARM_START_SAMPLES, 16):
                batch = on_device(self.task.batch(list(range(start, start + 16))), self.device)
                self.task.loss(network, batch, autocast)

        warm_start.unfold(network, passes)

    # --- checkpoint ---

    @property
    def checkpoint_file(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> None:
        file = self.checkpoint_file
        branching = not file.exists() and self.config["cooldown_from"]
        if branching:
            file = Path(self.config["cooldown_from"])
        if not file.exists():
            return
        content = checkpoint.load(file, str(self.device))
        # A branch may have parts that the run did not have.
        self.network.load_state_dict(content["network"], strict=not branching)
        self.average.network.load_state_dict(content["average"], strict=not branching)
        self.optimiser.load_state_dict(grown(content["optimiser"], self.optimiser))
        self.step, self.samples = content["step"], content["samples"]
        self.seconds = content["seconds"]
        self.branch_from = self.step if branching else content["branch_from"]
        torch.set_rng_state(content["random"].cpu())

    def save(self) -> None:
        checkpoint.save(self.checkpoint_file, {
            "network": self.network.state_dict(), "average": self.average.network.state_dict(),
            "optimiser": self.optimiser.state_dict(), "step": self.step, "samples": self.samples,
            "seconds": self.seconds, "branch_from": self.branch_from,
            "random": torch.get_rng_state(), "seed": self.config["seed"],
            "shape": asdict(self.network.shape) if hasattr(self.network, "shape") else {},
        })

    # --- loop ---

    def numbers_of_step(self, step: int) -> list[int]:
        """This process' sample numbers; all randomness of a sample comes from its number."""
        total = self.config["batch"]
        start = self.first_sample + (step - self.first_step) * total
        return [start + i for i in range(self.rank, total, self.world)]

    def go(self) -> None:
        self.first_step, self.first_sample = self.step, self.samples
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_stop)
        if self.rank == 0:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", force=True,
                                handlers=[logging.FileHandler(self.folder / "progress.log"),
                                          logging.StreamHandler()])
            self.train_curve = Curve(self.folder / "training.csv", self.step)
            self.validation_curve = Curve(self.folder / "validation.csv", self.step)
            logging.info("from step %d, %d process(es) on %s, bfloat16 %s", self.step, self.world,
                         self.device, bfloat16_pays(self.device))
        batches = batches_ahead(self.task, self.numbers_of_step, self.step, self.device,
                                self.config["loader_threads"], self.config["loader_processes"])
        batch = batches.take(self.device)
        self.schedule = self.make_schedule()
        last_save = last_report = time.monotonic()
        report_from, sums, counted = self.samples, {}, 0
        stopped = False
        while not stopped and not self.schedule.ended(self.step):
            loss, parts, stopped = self.one_step(batch)
            batch = batches.take(self.device)
            for name, value in {"loss": loss, **parts}.items():
                sums[name] = sums.get(name, 0) + value
            counted += 1
            if self.rank != 0:
                continue
            now = time.monotonic()
            finished = stopped or self.schedule.ended(self.step)
            if self.step % self.config["report_every"] == 0 or finished:
                self.seconds += now - last_report
                self.report({k: float(v) / counted for k, v in sums.items()},
                            (self.samples - report_from) / (now - last_report))
                last_report, report_from, sums, counted = now, self.samples, {}, 0
            if now - last_save > self.config["checkpoint_seconds"] or finished:
                self.save()
                last_save = now
            if self.config["validate"] and not stopped and (
                    self.step % self.config["validate_every"] == 0 or finished):
                self.validate()
        batches.close()

    def ask_stop(self, *_: object) -> None:
        self.stop_asked = True

    def one_step(self, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor], bool]:
        gradient = self.flat.gradient
        gradient.zero_()
        self.network.train()
        autocast = torch.autocast(self.device.type, torch.bfloat16,
                                  enabled=bfloat16_pays(self.device))
        loss, parts = self.task.loss(self.network, batch, autocast)
        loss.backward()
        if self.world > 1:
            gradient[-1] = float(self.stop_asked)
            distributed.all_reduce(gradient)
            gradient /= self.world
        # Alone it need not ask the device, which would make every step wait for the last.
        stopped = bool(gradient[-1] > 0) if self.world > 1 else self.stop_asked
        weights_gradient = gradient[:-1]
        norm = weights_gradient.norm()
        weights_gradient *= (self.config["clip"] / norm.clamp_min(1e-6)).clamp_max(1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.step)
        self.optimiser.step()
        self.step += 1
        self.samples += self.config["batch"]
        # Counted from the branch: an average that reaches back before a short decay would undo it.
        self.average.update(self.step - self.branch_from)
        return loss.detach(), parts, stopped

    # --- reports (first process only) ---

    def report(self, means: dict[str, float], per_second: float) -> None:
        self.train_curve.add(step=self.step, samples=self.samples, seconds=round(self.seconds),
                             rate=self.schedule.rate(self.step - 1), per_second=per_second, **means)
        logging.info("step %d  samples %d  %.1f/s  %s", self.step, self.samples, per_second,
                     "  ".join(f"{k} {v:.4f}" for k, v in means.items()))

    def validate(self) -> None:
        figures = self.task.validate(self.average.network, self.device)
        self.validation_curve.add(step=self.step, samples=self.samples,
                                  seconds=round(self.seconds), **figures)
        logging.info("validation at %d  %s", self.samples,
                     "  ".join(f"{k} {v:.4f}" for k, v in figures.items()))
        draw(self.train_curve, self.validation_curve, self.folder / "curves.png", self.folder.name)
