"""All weights of a network in one vector: one all-reduce, one optimiser step, one average.

A small network has hundreds of tiny tensors; handling them one by one costs a noticeable share
of a step when the batch is small.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class FlatState:
    def __init__(self, network: nn.Module):
        self.network = network
        parameters = sorted(network.parameters(), key=lambda p: p.ndim <= 1)
        self.decayed = sum(p.numel() for p in parameters if p.ndim > 1)
        total = sum(p.numel() for p in parameters)
        device = parameters[0].device
        self.weights = torch.empty(total, device=device)
        # One more place than there are weights: it carries the wish to stop through the same
        # all-reduce, so that all processes leave the loop at the same step.
        self.gradient = torch.zeros(total + 1, device=device)
        place = 0
        for p in parameters:
            view = self.weights[place:place + p.numel()].view_as(p)
            with torch.no_grad():
                view.copy_(p)
            p.data = view
            p.grad = self.gradient[place:place + p.numel()].view_as(p)
            place += p.numel()

    def optimiser(self, betas: tuple[float, float], weight_decay: float) -> torch.optim.AdamW:
        """Weight decay on the matrices and kernels, none on biases and norms."""
        slices = []
        for start, end in ((0, self.decayed), (self.decayed, len(self.weights))):
            flat = nn.Parameter(self.weights[start:end])
            flat.grad = self.gradient[start:end]
            slices.append(flat)
        return torch.optim.AdamW(
            [{"params": [slices[0]], "weight_decay": weight_decay},
             {"params": [slices[1]], "weight_decay": 0.0}], lr=0.0, betas=betas, fused=True)


def grown(state: dict, optimiser: torch.optim.Optimizer) -> dict:
    """An optimiser state of a network that had fewer weights: those added since are the last ones
    of each slice (modules made last) and begin without moments."""
    for group, number in zip(optimiser.param_groups, sorted(state["state"])):
        missing = group["params"][0].numel() - state["state"][number]["exp_avg"].numel()
        for name in ("exp_avg", "exp_avg_sq"):
            value = state["state"][number][name]
            state["state"][number][name] = torch.cat([value, value.new_zeros(missing)])
    return state


class MovingAverage:
    """Exponential average of all weights and batch-norm statistics."""

    every = 4

    def __init__(self, network: nn.Module, highest: float):
        self.highest = highest
        self.network = copy.deepcopy(network).eval()
        for p in self.network.parameters():
            p.requires_grad_(False)
            p.grad = None
        self.pairs = [(mine, theirs) for (mine, theirs)
                      in zip(self.network.state_dict().values(), network.state_dict().values())
                      if mine.is_floating_point()]

    def update(self, step: int) -> None:
        if step % self.every:
            return
        decay = min(self.highest, (1 + step) / (20 + step)) ** self.every
        mine, theirs = zip(*self.pairs)
        torch._foreach_lerp_(list(mine), list(theirs), 1 - decay)
