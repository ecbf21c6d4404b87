"""Drives the example `interop` of curtain-desk (JSON lines), and counts as tests/run wants it."""

import atexit
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
_process = None
_phone = None


def ask(**request):
    """One request, one answer; an error of the other side is an exception here."""
    global _process
    if _process is None:
        subprocess.run(["cargo", "build", "-q", "-p", "curtain-desk", "--example", "interop"], cwd=ROOT, check=True)
        target = json.loads(
            subprocess.check_output(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT)
        )["target_directory"]
        program = pathlib.Path(target, "debug", "examples", "interop")
        _process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(_process.terminate)
    _process.stdin.write(json.dumps(request) + "\n")
    _process.stdin.flush()
    answer = json.loads(_process.stdout.readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def verify(typ, document, keys, threshold=1):
    """What core and desk say to a document: the payload, or None. They must agree."""
    answer = ask(do="verify", typ=typ, threshold=threshold, keys=keys, document=b64(document))
    if answer["core"] != answer["desk"]:
        raise AssertionError(f"core and desk disagree: {answer}")
    return None if answer["core"] is None else base64.b64decode(answer["core"])


def phone():
    """The documents of a real phone's life, by name, as bytes; `keys` as JWKs by role."""
    global _phone
    if _phone is None:
        directory = tempfile.TemporaryDirectory()
        atexit.register(directory.cleanup)
        answer = ask(do="phone", directory=directory.name)
        names = [name for name in answer if name not in ("keys", "audit_identity")]
        _phone = {name: base64.b64decode(answer[name]) for name in names}
        _phone["keys"], _phone["audit_identity"] = answer["keys"], answer["audit_identity"]
    return _phone


def b64(data):
    return base64.b64encode(data).decode()


def main():
    """Runs the calling script's tests; the last line says `N passed, N failed`."""
    result = unittest.main(module="__main__", exit=False, argv=sys.argv).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
