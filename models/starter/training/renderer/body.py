"""Body proportions in units of the stature."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Body:
    """Lengths as shares of the stature; `bulk` scales all thicknesses."""

    shoulder: float = 0.105
    hip: float = 0.055
    thigh: float = 0.245
    shin: float = 0.235
    ankle: float = 0.040
    lumbar: float = 0.110
    chest: float = 0.190
    neck: float = 0.090
    upper_arm: float = 0.165
    forearm: float = 0.145
    hand: float = 0.106
    foot: float = 0.150
    head: float = 1.0
    bulk: float = 1.0
    waist: float = 1.0
    hips_width: float = 1.0
    bust: float = 0.0
    belly: float = 0.0


def sample_body(rng):
    """Women, men, children, slim and heavy people."""
    female = rng.random() < 0.5
    child = rng.random() < 0.12
    bulk = float(np.clip(rng.normal(1.0, 0.14), 0.78, 1.5))
    body = Body(
        shoulder=rng.normal(0.098 if female else 0.110, 0.005),
        hip=rng.normal(0.055, 0.003),
        thigh=rng.normal(0.245, 0.007),
        shin=rng.normal(0.235, 0.007),
        lumbar=rng.normal(0.110, 0.005),
        chest=rng.normal(0.190, 0.006),
        neck=rng.normal(0.090, 0.004),
        upper_arm=rng.normal(0.165, 0.006),
        forearm=rng.normal(0.145, 0.005),
        hand=rng.normal(0.106, 0.005),
        foot=rng.normal(0.150, 0.006),
        head=rng.normal(1.03, 0.04),
        bulk=bulk,
        waist=rng.normal(0.90 if female else 1.0, 0.05) * (0.9 + 0.1 * bulk),
        hips_width=rng.normal(1.08 if female else 0.97, 0.04),
        bust=float(rng.uniform(0.5, 1.1)) if female and not child else 0.0,
        belly=float(max(0.0, (bulk - 1.05) * rng.uniform(0.5, 2.2))),
    )
    if child:
        body.head *= rng.uniform(1.15, 1.45)
        body.shoulder *= 0.93
        body.thigh *= 0.90
        body.shin *= 0.90
        body.waist = 1.0
    return body
