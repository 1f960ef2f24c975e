"""The figures in MODEL_CARD.md, written from starter.json so that they cannot disagree.

    model_card.py STARTER.json MODEL_CARD.md
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- figures: written by model_card.py -->", "<!-- end of figures -->"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def oks_row(name: str, figures: dict) -> str:
    return (f"| {name} | {figures['oks']:.3f} | {percent(figures['over50'])} "
            f"| {percent(figures['over75'])} |")


def figures_text(card: dict) -> str:
    pose, detector = card["pose"], card["detector"]
    val = card["figures"]["val"]
    lines = [
        f"Version {card['version']}. Pose: {pose['samplesSeen']:,} samples seen, "
        f"{pose['bytes']:,} bytes; detector: {detector['samplesSeen']:,} pictures seen, "
        f"{detector['bytes']:,} bytes. Detector threshold {detector['threshold']}, least score of "
        f"a person {pose['personThreshold']}, point threshold {pose['pointThreshold']} "
        f"(calibrated), all chosen on the `val` rows.",
        "", "| pose | mean OKS | > 0.5 | > 0.75 |", "|---|---|---|---|",
        oks_row(f"`val` rows ({val['pose']['persons']} persons, mostly teachers' labels)",
                val["pose"])]
    photos = card["figures"].get("photos")
    if photos:
        lines.append(oks_row(f"labelled photos ({photos['persons']} persons), their boxes",
                             photos["ground_truth_boxes"]))
        for name, figures in photos.items():
            if name.startswith("end_to_end"):
                boxes = ("boxes and people as shipped" if name.endswith("shipped")
                         else "boxes scored over " + name.rsplit("_", 1)[1])
                lines.append(oks_row(f"labelled photos, own {boxes}", figures))
    shares = ", ".join(f"{name[6:]} {percent(value)}" for name, value in val["pose"].items()
                       if name.startswith("right_"))
    lines += ["", f"Right points on the `val` rows (OKS term over 0.5): {shares}."]
    boxes, people = val["people"]["boxes"], val["people"]["people"]
    lines += ["", "On the `val` pictures the least score of a person takes the false ones from "
              f"{boxes['false_per_picture']:.2f} to {people['false_per_picture']:.2f} a picture, and "
              f"the recall from {boxes['recall']:.3f} to {people['recall']:.3f}."]
    if photos:
        lines += photo_lines(photos)
    lines += ["", "| int8 copy (`PRECISION=int8`) | `val`, float32 | int8 | bytes | one run, float32 | int8 |",
              "|---|---|---|---|---|---|"]
    for kind, what in (("pose", "mean OKS"), ("detector", "recall at its threshold")):
        row = val["int8"][f"{kind}_{'oks' if kind == 'pose' else 'recall'}"]
        shipped = "" if card["int8"][kind] else ": loses too much, not shipped"
        lines.append(f"| {kind}, {what}{shipped} | {row['float32']:.4f} | {row['int8']:.4f} | {row['bytes']:,} "
                     f"| {row['float32_ms']:.1f} ms | {row['int8_ms']:.1f} ms |")
    lines += ["", "| detector: threshold | recall `val` | boxes a picture `val` "
              + ("| recall photos | boxes a photo |" if photos else "|"),
              "|---|---|---|" + ("---|---|" if photos else "")]
    other = photos["detector"]["thresholds"] if photos else [None] * 99
    for mine, theirs in zip(val["detector"]["thresholds"], other):
        line = f"| {mine['threshold']} | {mine['recall']} | {mine['boxes_per_picture']} |"
        lines.append(line + (f" {theirs['recall']} | {theirs['boxes_per_picture']} |"
                             if theirs else ""))
    return "\n".join(lines)


def photo_lines(photos: dict) -> list[str]:
    at, whole = photos["at_point_threshold"], photos["coco_wholebody_785"]
    bands = "; ".join(f"{row['confidence']:.2f} -> {row['right']:.2f} ({row['points']} points)"
                      for row in photos["reliability"])
    return [
        "", f"On the photos the point threshold costs {at['oks_lost']:.3f} OKS and keeps "
        f"{percent(at['right_points_kept'])} of the right points. Confidence said -> share right: "
        f"{bands}.",
        "", "The one photo with all 133 points labelled (785): median error of the face "
        f"{whole['face_error_of_eye_distance']:.2f} of the eye distance "
        f"({whole['eye_distance_px']:.1f} px), right hand "
        f"{whole['right_hand_median_error_px']:.1f} px, "
        f"feet {whole['feet_median_error_px']:.1f} px.",
        "", f"Recall on the photos at the shipped threshold: "
        f"{photos['detector']['recall_at_shipped']:.3f} of {photos['detector']['people']} people "
        f"({photos['detector']['pictures']} photos)."]


def fill(card: dict, text: str) -> str:
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{figures_text(card)}\n{END}{rest.split(END)[1]}"


def main() -> None:
    card = json.loads(Path(sys.argv[1]).read_text())
    file = Path(sys.argv[2])
    file.write_text(fill(card, file.read_text()))


if __name__ == "__main__":
    main()
