"""What a person looks like: skin, hair, clothes, shoes."""

import colorsys
from dataclasses import dataclass

import numpy as np

from .material import Material, smooth_noise

_SKIN = np.array([(246, 214, 192), (233, 190, 160), (222, 170, 136), (198, 141, 104),
                  (165, 110, 76), (126, 81, 54), (92, 58, 40), (66, 42, 31)], np.float32) / 255
_HAIR = np.array([(24, 20, 18), (44, 30, 22), (72, 47, 30), (112, 74, 42), (160, 118, 66),
                  (205, 170, 110), (140, 62, 34), (150, 148, 146), (210, 208, 205)], np.float32) / 255


@dataclass
class Look:
    skin: Material
    lips: np.ndarray
    hair: Material
    style: str
    hat: Material
    hat_style: str
    beard: float
    glasses: bool
    iris: np.ndarray
    brow: np.ndarray
    mouth_open: float
    smile: float
    top: Material
    sleeve: float  # 0 none, 0.5 to the elbow, 1 to the wrist
    collar: float
    bottom: Material
    lower: str  # trousers, shorts, skirt, dress
    leg: float  # share of the leg length that is covered
    loose: float
    shoes: Material
    sole: Material
    barefoot: bool
    socks: Material
    gloves: Material


def cloth_colour(rng):
    kind = rng.random()
    if kind < 0.3:
        grey = rng.uniform(0.06, 0.95)
        return np.clip(np.array([grey, grey, grey]) + rng.normal(0, 0.015, 3), 0.03, 0.97)
    if kind < 0.45:
        return np.array(colorsys.hsv_to_rgb(rng.uniform(0.56, 0.66), rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.6)))
    saturation = rng.uniform(0.2, 0.95) if kind < 0.8 else rng.uniform(0.05, 0.35)
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, rng.uniform(0.2, 0.95)))


def cloth(rng, noise, patterned=0.4):
    pattern = "plain"
    if rng.random() < patterned:
        pattern = str(rng.choice(["stripes", "pinstripes", "checks", "dots", "flowers"]))
    return Material(cloth_colour(rng), cloth_colour(rng), pattern, size=rng.uniform(0.012, 0.05),
                    wrinkle=rng.uniform(0.1, 0.45), noise=noise, mottle=rng.uniform(0, 0.08))


def sample_look(rng, body):
    noise = smooth_noise(rng)
    position = rng.uniform(0, len(_SKIN) - 1)
    low = int(position)
    tone = _SKIN[low] + (position - low) * (_SKIN[min(low + 1, len(_SKIN) - 1)] - _SKIN[low])
    tone = np.clip(tone * rng.uniform(0.94, 1.06) + rng.normal(0, 0.012, 3), 0.05, 1)
    skin = Material(tone, gloss=0.18, noise=noise, mottle=0.025)
    hair_colour = _HAIR[rng.integers(len(_HAIR))] if tone[0] > 0.6 else _HAIR[rng.integers(3)]
    if rng.random() < 0.05:
        hair_colour = cloth_colour(rng)
    hair = Material(hair_colour, np.clip(hair_colour * 1.7 + 0.04, 0, 1), "strands", gloss=0.3, wrinkle=0.35, noise=noise)
    feminine = body.bust > 0
    style = str(rng.choice(["bald", "short", "crop", "long", "bob", "bun", "tail", "afro"],
                           p=[0.01, 0.12, 0.06, 0.34, 0.16, 0.11, 0.13, 0.07] if feminine
                           else [0.12, 0.45, 0.22, 0.05, 0.03, 0.02, 0.02, 0.09]))
    hat_style = str(rng.choice(["none", "cap", "beanie", "brim", "helmet"], p=[0.8, 0.08, 0.05, 0.04, 0.03]))
    lower = str(rng.choice(["trousers", "shorts", "skirt", "dress"],
                           p=[0.5, 0.16, 0.17, 0.17] if feminine else [0.74, 0.25, 0.005, 0.005]))
    top = cloth(rng, noise)
    if lower != "dress" and rng.random() < 0.15:
        # An open jacket: the shirt shows as a strip down the front.
        top = Material(cloth_colour(rng), cloth_colour(rng), "open", wrinkle=0.35, noise=noise, mottle=0.04)
    bottom = top if lower == "dress" else cloth(rng, noise, 0.15)
    if lower == "trousers" and rng.random() < 0.45:
        blue = np.array(colorsys.hsv_to_rgb(rng.uniform(0.57, 0.63), rng.uniform(0.3, 0.65), rng.uniform(0.2, 0.6)))
        bottom = Material(blue, np.clip(blue * 1.5 + 0.08, 0, 1), "denim", wrinkle=0.3, noise=noise, mottle=0.1)
    barefoot = rng.random() < 0.12
    leg = {"trousers": rng.choice([1.0, 0.98, 0.8]), "shorts": rng.uniform(0.22, 0.48),
           "skirt": rng.uniform(0.28, 0.85), "dress": rng.uniform(0.3, 0.85)}[lower]
    sleeve = float(rng.choice([0.0, rng.uniform(0.2, 0.5), rng.uniform(0.55, 0.8), 1.0], p=[0.14, 0.4, 0.08, 0.38]))
    shoe = cloth_colour(rng) if rng.random() < 0.6 else np.full(3, rng.uniform(0.05, 0.3))
    return Look(
        skin=skin, lips=np.clip(tone * np.array([0.92, 0.62, 0.62]), 0, 1), hair=hair, style=style,
        hat=cloth(rng, noise, 0.2), hat_style=hat_style,
        beard=0.0 if feminine or rng.random() < 0.6 else rng.uniform(0.25, 0.85),
        glasses=rng.random() < 0.15, iris=np.array([(60, 38, 24), (84, 60, 32), (70, 100, 130), (80, 110, 70)],
                                                    np.float32)[rng.choice(4, p=[0.5, 0.25, 0.15, 0.1])] / 255,
        brow=np.clip(hair_colour * 0.8, 0, 0.55), mouth_open=max(0.0, rng.normal(-0.1, 0.35)),
        smile=rng.normal(0.25, 0.4), top=top, sleeve=sleeve, collar=rng.uniform(0.0, 1.0), bottom=bottom,
        lower=lower, leg=float(leg), loose=rng.uniform(1.03, 1.35),
        shoes=Material(shoe, gloss=0.3, noise=noise, mottle=0.05),
        sole=Material(np.full(3, rng.choice([0.1, 0.85, 0.5])), noise=noise), barefoot=barefoot,
        socks=Material(cloth_colour(rng), noise=noise) if rng.random() < 0.5 and not barefoot else None,
        gloves=Material(cloth_colour(rng), noise=noise, wrinkle=0.1) if rng.random() < 0.03 else None,
    )
