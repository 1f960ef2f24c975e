"""Trains the person detector; the same command resumes it. Settings: detector.toml."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import detector_samples
from detector_loss import detector_loss
from detector_network import DetectorNetwork, DetectorShape, normalise
from detector_samples import IGNORE, PERSON, DetectorAugmentation
from person_scores import average_precision, recall, suppress
from sample_store import SampleOrder, load_sources, validation_rows
from training_loop import launch


class DetectorTask:
    def __init__(self, config: dict):
        options = config["options"]
        self.seed = config["seed"]
        self.leave_out = options["not_validated"]
        self.assignment = options["assignment"]
        self.shape = DetectorShape(**config["network"])
        self.sources = load_sources(config["sources"], config["folders"],
                                    Path(config["folders"]["state"]) / "cache")
        self.order = SampleOrder(self.sources, config["seed"])
        self.augment = DetectorAugmentation(options["mosaic"], options["coarse"],
                                            options["nothing"])

    def network(self) -> DetectorNetwork:
        return DetectorNetwork(self.shape)

    def validation_rows(self) -> list[tuple[int, int]]:
        return validation_rows(self.sources, self.leave_out)

    def batch(self, numbers: list[int]) -> dict[str, np.ndarray]:
        return detector_samples.stack([self.sample(number) for number in numbers])

    def sample(self, number: int) -> detector_samples.DetectorSample:
        rng = np.random.default_rng([self.seed, number])
        partners = rng.integers(0, self.order.per_pass, 4)

        def pick(k: int):
            # Partners come from the same pass, so that its shuffle need not be made anew.
            turn = number - number % self.order.per_pass
            s, i = self.order[number if k == 0 else turn + int(partners[k])]
            return self.sources[s], i

        return self.augment(pick, rng)

    def loss(self, network: DetectorNetwork, batch: dict[str, Tensor], autocast: torch.autocast
             ) -> tuple[Tensor, dict[str, Tensor]]:
        with autocast:
            raw = network.raw(normalise(batch["picture"]))
        return detector_loss(network, raw, batch["boxes"], self.assignment)

    @torch.inference_mode()
    def validate(self, network: DetectorNetwork, device: torch.device) -> dict[str, float]:
        rows = self.validation_rows()
        found, people, ignored = [], [], []
        for s, i in rows:
            sample = self.augment.plain(self.sources[s], i)
            picture = torch.from_numpy(sample.picture[None, :, :, ::-1].copy()).to(device)
            boxes, logits = network(normalise(picture))
            boxes, scores = boxes[0].cpu().numpy(), logits[0].sigmoid().cpu().numpy()
            kept = suppress(boxes, scores, 0.05)
            found.append(np.concatenate([boxes[kept], scores[kept, None]], 1))
            people.append(sample.boxes[sample.boxes[:, 4] == PERSON, :4])
            ignored.append(sample.boxes[sample.boxes[:, 4] == IGNORE, :4])
        return {"ap50": average_precision(found, people, ignored), **at_box_counts(found, people)}


def at_box_counts(found: list[np.ndarray], people: list[np.ndarray]) -> dict[str, float]:
    """Recall at the thresholds that let through 2, 4 and 8 boxes a picture."""
    scores = np.sort(np.concatenate([rows[:, 4] for rows in found]))[::-1]
    figures = {}
    for count in (2, 4, 8):
        place = min(len(scores) - 1, count * len(found))
        threshold = float(scores[place]) if len(scores) else 1.0
        figures[f"recall_at_{count}"] = recall(found, people, threshold)
    return figures


if __name__ == "__main__":
    launch(DetectorTask, "detector")
