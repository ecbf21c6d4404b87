"""The labelled texts of tests/corpus that a network may learn from."""

import glob
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KINDS = {"logistics": 0, "clinical": 1, "sensitive": 2, "not_clinical": 3}


def open_texts(language="e[ns]"):
    """The files of a language's open texts; never the held-back ones, which lie under `held` and `final`."""
    corpus = ROOT / "tests/corpus"
    return sorted(glob.glob(f"{corpus}/{language}/**/*.jsonl", recursive=True) + glob.glob(f"{corpus}/{language}.jsonl"))


def labelled(paths):
    """The rows of JSON Lines files whose label the networks know."""
    rows = (json.loads(line) for path in paths for line in open(path))
    return [row for row in rows if row["label"] in KINDS]
