"""Trains the 133-point pose network; the same command resumes it. Settings: pose.toml."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import pose_samples
from person_scores import AREA_SHARE, LEAST_BOX_AREA, LEAST_POINTS, person_oks, shares
from pose_loss import pose_loss
from pose_network import WIDTH, PoseNetwork, PoseShape, normalise
from pose_samples import WINDOW_WIDTH, PoseAugmentation
from sample_store import SampleOrder, load_sources, validation_rows
from training_loop import launch

# A label below this weight is too unsure to count as truth in the figures.
TRUSTED = 0.4


class PoseTask:
    def __init__(self, config: dict):
        options = config["options"]
        self.seed = config["seed"]
        self.leave_out = options["not_validated"]
        self.map_weight = options["map_weight"]
        self.shape = PoseShape(**config["network"])
        self.sources = load_sources(config["sources"], config["folders"],
                                    Path(config["folders"]["state"]) / "cache")
        self.order = SampleOrder(self.sources, config["seed"])
        self.augment = PoseAugmentation(options["group_factors"], options["half_body"],
                                        options["arm"], options["cut"], options["coarse"],
                                        options["covered"])

    def network(self) -> PoseNetwork:
        return PoseNetwork(self.shape)

    def validation_rows(self) -> list[tuple[int, int]]:
        return validation_rows(self.sources, self.leave_out)

    def batch(self, numbers: list[int]) -> dict[str, np.ndarray]:
        samples = []
        for number in numbers:
            samples.append(self.sample(number))
        return pose_samples.stack(samples)

    def sample(self, number: int) -> pose_samples.PoseSample:
        rng = np.random.default_rng([self.seed, number])
        # The other comes from the same pass, so that its shuffle need not be made anew.
        turn = number - number % self.order.per_pass
        s, i = self.order[turn + int(rng.integers(self.order.per_pass))]
        other = self.sources[s].picture(i)
        s, i = self.order[number]
        return self.augment(self.sources[s], i, rng, other)

    def loss(self, network: PoseNetwork, batch: dict[str, Tensor], autocast: torch.autocast
             ) -> tuple[Tensor, dict[str, Tensor]]:
        with autocast:
            maps = network.maps(normalise(batch["picture"]))
        return pose_loss(network, maps, batch, self.map_weight)

    @torch.inference_mode()
    def validate(self, network: PoseNetwork, device: torch.device) -> dict[str, float]:
        rows = self.validation_rows()
        oks = []
        for start in range(0, len(rows), 32):
            samples = [self.augment.plain(self.sources[s], i) for s, i in rows[start:start + 32]]
            batch = pose_samples.stack(samples)
            logits = network(normalise(torch.from_numpy(batch["picture"]).to(device)))
            found = peaks(logits)
            for (s, i), sample, points in zip(rows[start:start + 32], samples, found):
                area = window_area(self.sources[s], i)
                labelled = sample.weight[:17] > TRUSTED
                if area is not None and labelled.sum() >= LEAST_POINTS:
                    oks.append(person_oks(points, sample.points, labelled, area))
        return shares(np.array(oks))


def peaks(logits: tuple[Tensor, Tensor]) -> np.ndarray:
    """Points [N, 133, 2] in window pixels, read as the service reads the exported file."""
    axes = []
    for axis in logits:
        fine = torch.nn.functional.interpolate(axis.softmax(-1), scale_factor=2, mode="linear",
                                               align_corners=False)
        axes.append(fine.argmax(-1) / 2)
    return torch.stack(axes, -1).cpu().numpy()


def window_area(source, i: int) -> float | None:
    """The person's area in window pixels; None for boxes too small to count."""
    row = source.rows[i]
    x0, y0, x1, y1 = source.labels["box"][row]
    if (x1 - x0) * (y1 - y0) < LEAST_BOX_AREA:
        return None
    scale = float(source.labels["scale"][row]) * WIDTH / WINDOW_WIDTH
    return AREA_SHARE * float(x1 - x0) * float(y1 - y0) * scale * scale


if __name__ == "__main__":
    launch(PoseTask, "pose")
