#!/usr/bin/env python3
"""Sends picture files to the service and prints the people with their named points. Python 3.9 or newer, nothing to install.

    python3 examples/predict_people.py person.jpg another.png
    POSE_URL=http://poses.example:9090 python3 examples/predict_people.py person.jpg
"""
import base64
import json
import mimetypes
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("POSE_URL", "http://localhost:9090").rstrip("/")
PRESET = "wholebody133"
TRIES = 6
# Codes of single pictures that the next call may well do.
FOR_NOW = {"POSE_ERR_QUEUE_FULL", "POSE_ERR_TIME_BUDGET", "POSE_ERR_NEXT_CALL", "POSE_ERR_CANCELLED"}


class Refused(Exception):
    """The service has refused, with a code that stays the same and a sentence that says what to do (docs/errors.md)."""


def ask(path, body=None):
    """Answer of the service as text. 429 and 503 are tried again, after as long as the service asks for."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"content-type": "application/json"})
    for attempt in range(1, TRIES + 1):
        try:
            # Longer than the service takes at most (REQUEST_BUDGET_S).
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503) or attempt == TRIES:
                raise Refused(describe(error)) from None
            time.sleep(float(error.headers.get("retry-after") or attempt))
        except urllib.error.URLError as error:
            raise Refused(f"{URL} does not answer ({error.reason}).") from None


def describe(error):
    text = error.read().decode(errors="replace")
    try:
        body = json.loads(text)
        return f"{body['code']}: {body['message']}"
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def predict(files):
    """One entry per file, in order: the people as lists of (name, x, y, score) in pixels, or the code and the sentence of the failure."""
    label_config = ask(f"/label-config?preset={PRESET}")
    entries = {}
    for attempt in range(1, TRIES + 1):
        open_files = [file for file in files if file not in entries or entries[file].get("code") in FOR_NOW]
        if not open_files:
            break
        if attempt > 1:
            time.sleep(attempt)
        tasks = [{"id": number, "data": {"image": data_uri(file)}} for number, file in enumerate(open_files)]
        results = json.loads(ask("/predict", {"tasks": tasks, "label_config": label_config}))["results"]
        entries.update(zip(open_files, results))
    return [entries[file] for file in files]


def data_uri(file):
    with open(file, "rb") as picture:
        return f"data:{mimetypes.guess_type(file)[0] or 'image/jpeg'};base64,{base64.b64encode(picture.read()).decode()}"


def people_of(entry):
    """Points belong to the box that their parentID names."""
    people = {region["id"]: [] for region in entry["result"] if region["type"] == "rectanglelabels"}
    for region in entry["result"]:
        if region["type"] == "keypointlabels":
            value = region["value"]
            x = value["x"] / 100 * region["original_width"]
            y = value["y"] / 100 * region["original_height"]
            people[region["parentID"]].append((value["keypointlabels"][0], x, y, region["score"]))
    return list(people.values())


def main(files):
    if not files:
        print(__doc__, file=sys.stderr)
        return 64
    failed = 0
    try:
        for file, entry in zip(files, predict(files)):
            if "error" in entry:
                failed += 1
                print(f"{file}: {entry.get('code')}: {entry['error']}", file=sys.stderr)
                continue
            people = people_of(entry)
            print(f"{file}: people {len(people)}, model {entry['model_version']}")
            for number, points in enumerate(people, 1):
                print(f"  person {number}: points {len(points)}")
                for name, x, y, score in points:
                    print(f"    {name:<24} x {x:7.1f}  y {y:7.1f}  score {score:.2f}")
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 65 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
