import numpy as np
import pytest
import torch

from pose_loss import READOUT_SHIFT, pose_loss
from pose_network import CELL, HEIGHT, WIDTH, PoseNetwork, PoseShape, normalise
from pose_samples import PoseAugmentation, stack
from sample_store import SampleOrder
from schedule import Schedule
from train_pose import peaks

FACTORS = {"body": 1.0, "feet": 0.7, "face": 0.12, "hands": 0.2}


@pytest.mark.parametrize("fine", [0, 48])
def test_loss_falls_on_64_crops(few_crops, fine):
    torch.manual_seed(0)
    network = PoseNetwork(PoseShape(fine=fine)).to(memory_format=torch.channels_last)
    samples = [PoseAugmentation(FACTORS).plain(few_crops, i) for i in range(64)]
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for step in range(12):
        picked = [samples[(step * 16 + k) % 64] for k in range(16)]
        batch = {k: torch.from_numpy(v) for k, v in stack(picked).items()}
        maps = network.maps(normalise(batch["picture"]))
        loss, _ = pose_loss(network, maps, batch, 0.5)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-2:]) < 0.93 * losses[0], losses


def test_perfect_map_is_read_out_without_bias():
    """A logit map that is a Gaussian's logarithm must come out where the Gaussian stands."""
    network = PoseNetwork()
    rng = np.random.default_rng(0)
    truth = rng.uniform((20, 20), (WIDTH - 20, HEIGHT - 20), (200, 2))
    cells = torch.from_numpy((truth - READOUT_SHIFT + 0.5) / CELL - 0.5).float()
    x = torch.arange(WIDTH // CELL)[None, None, :] - cells[:, 0, None, None]
    y = torch.arange(HEIGHT // CELL)[None, :, None] - cells[:, 1, None, None]
    maps = -(x.square() + y.square()) / (2 * (2.5 / CELL) ** 2)
    found = peaks(tuple(axis[:, None] for axis in network.read(maps)))[:, 0]
    assert np.abs(found - truth).max() < 0.3
    assert np.abs((found - truth).mean(0)).max() < 0.05


def test_a_new_fine_map_changes_no_point(few_crops):
    """It is added to networks that have learned: it must start from where they are."""
    torch.manual_seed(0)
    coarse, fine = PoseNetwork().eval(), PoseNetwork(PoseShape(fine=48)).eval()
    fine.load_state_dict(coarse.state_dict(), strict=False)
    picture = normalise(torch.from_numpy(few_crops_picture(few_crops)))
    with torch.no_grad():
        # Peaks as sharp as learned ones: those of random weights are flat.
        coarse.points.weight *= 300
        fine.points.weight *= 300
        before, after = peaks(coarse(picture)), peaks(fine(picture))
    assert np.array_equal(before[:, 23:], after[:, 23:])
    assert np.median(np.abs(before[:, :23] - after[:, :23])) <= 4


def few_crops_picture(source):
    return PoseAugmentation(FACTORS).plain(source, 0).picture[None]


def test_order_is_reproducible_leaves_out_val_rows_and_follows_the_factors():
    class Rows:
        def __init__(self, count, factor):
            self.labels = {"val": (np.arange(count) % 10 == 0).astype(np.uint8)}
            self.rows, self.factor = np.arange(count), factor

    order = SampleOrder([Rows(100, 2.5), Rows(50, 0.5)], seed=5)
    again = SampleOrder([Rows(100, 2.5), Rows(50, 0.5)], seed=5)
    picked = [order[n] for n in range(order.per_pass)]
    assert again[order.per_pass - 1] == picked[-1]
    counts = np.bincount([s for s, _ in picked])
    assert counts.tolist() == [225, 22]
    assert all(i % 10 for _, i in picked)
    assert picked != [order[order.per_pass + n] for n in range(order.per_pass)]


def test_schedule_warms_up_holds_decays_and_branches():
    schedule = Schedule(1.0, 10, 100)
    assert schedule.rate(0) == 0.1 and schedule.rate(50) == 1.0
    assert 0.02 <= schedule.rate(99) < 0.1
    branch = Schedule(1.0, 10, 100, branch_from=40, branch_steps=20)
    assert branch.last_step == 60 and branch.rate(40) == 1.0 and branch.rate(59) < 0.1
