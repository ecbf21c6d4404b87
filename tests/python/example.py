"""The example of docs/integrating.md: screen a text, keep a draft, lock. Run by tests/run python."""

import subprocess
import sys
import tempfile
from pathlib import Path

# guide: python
import curtain  # written by bindgen/generate, beside its library
from software_phone import MemoryKeystore, WallClock  # tests/python

PASSCODE = b"seven calm herons wade"


def enrolled(directory: Path, desk: str, keystore: curtain.Keystore) -> tuple[curtain.Curtain, str]:
    """A phone, enrolled by a hospital that the desk tool makes."""
    app = curtain.Curtain.open(str(directory / "phone"), keystore, WallClock())
    request, enrolment = directory / "request.jws", directory / "enrolment.jws"
    request.write_bytes(app.request().document)
    hospital = str(directory / "hospital")
    subprocess.run([desk, "key", "init", "--name", "St. Alder", "--out", hospital], check=True, capture_output=True)
    answer = [desk, "enrol", str(request), "--keys", hospital, "--clinician", "Dr. Lee", "--out", str(enrolment)]
    subprocess.run(answer, check=True, capture_output=True)
    assert len(app.enrolment_words(enrolment.read_bytes())) == 6  # to be compared on both screens
    return app, app.enrol(enrolment.read_bytes(), PASSCODE).id


def screened(session: curtain.Session, text: str) -> curtain.Assessment:
    """What Curtain says of a text message to a patient."""
    request = curtain.AssessRequest(
        patient=None,
        channel=curtain.Channel.SMS,
        audience=curtain.Audience.PATIENT,
        address=None,
        roster=None,
        attachments=[],
        lang=curtain.Lang.EN,
    )
    return session.assess(text, request)


def day(desk: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        app, workspace = enrolled(Path(directory), desk, MemoryKeystore())
        session = app.unlock(workspace, PASSCODE)
        said = screened(session, "Your HIV test is positive, please call.")
        print(said.headline)
        for found in said.findings:
            print(f"  {found.rule}: {found.reason}")
        draft = session.new_draft(None, curtain.Channel.SMS, curtain.Audience.PATIENT)
        session.type_draft(draft, "Please call the clin", 20)
        session.lock()  # writes what was typed, drops the keys
        assert app.unlock(workspace, PASSCODE).drafts()[0].draft.text == "Please call the clin"
# guide end


if __name__ == "__main__":
    day(sys.argv[1])
