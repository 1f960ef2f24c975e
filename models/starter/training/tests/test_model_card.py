import json

import pytest
from conftest import TRAINING
from model_card import fill


def test_card_and_figures_belong_together():
    folder = TRAINING.parent
    card = json.loads((folder / "starter.json").read_text())
    text = (folder / "MODEL_CARD.md").read_text()
    assert fill(card, text) == text, "run model_card.py after a release"


@pytest.mark.parametrize("part", ["pose", "detector"])
def test_files_are_the_ones_of_the_card(part):
    import hashlib
    card = json.loads((TRAINING.parent / "starter.json").read_text())[part]
    content = (TRAINING.parent / card["file"]).read_bytes()
    assert len(content) == card["bytes"] < 6_000_000
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
