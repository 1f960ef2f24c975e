"""Learning curves as CSV, one row per report, and as one PNG."""

from __future__ import annotations

import csv
from pathlib import Path


class Curve:
    """A CSV that may gain columns; rows after the step a run resumes from are dropped."""

    def __init__(self, path: Path, resume_step: int):
        self.path = path
        self.rows: list[dict[str, str]] = []
        if path.exists():
            with open(path, newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) <= resume_step]

    def add(self, **values: float) -> None:
        self.rows.append({name: f"{value:.6g}" if isinstance(value, float) else str(value)
                          for name, value in values.items()})
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        part = self.path.with_suffix(".part")
        with open(part, "w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        part.replace(self.path)

    def column(self, name: str) -> tuple[list[float], list[float]]:
        rows = [row for row in self.rows if row.get(name)]
        return [float(row["samples"]) for row in rows], [float(row[name]) for row in rows]


def draw(train: Curve, validation: Curve, path: Path, title: str) -> None:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.5))
    for axis, curve in ((left, train), (right, validation)):
        names = dict.fromkeys(name for row in curve.rows for name in row)
        for name in names:
            if name in ("step", "samples", "seconds", "rate", "per_second", "positives"):
                continue
            if name.startswith("boxes"):
                continue
            axis.plot(*curve.column(name), label=name)
        axis.set_xlabel("samples")
        axis.grid(alpha=0.3)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=8)
    left.set_title(f"{title}: training")
    left.set_yscale("log")
    right.set_title("validation rows, averaged weights")
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
