"""A short day through the Python bindings, on the real library, with keystore and clock written in Python."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

# Where bindgen/generate wrote curtain.py and its library.
sys.path.insert(0, os.environ["CURTAIN_BINDINGS"])
import curtain  # noqa: E402
import example  # noqa: E402
from example import PASSCODE  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from software_phone import MemoryKeystore  # noqa: E402

DESK = os.environ["CURTAIN_DESK"]


class Day(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.directory = Path(held.name)
        self.keystore = MemoryKeystore()
        self.app, self.workspace = example.enrolled(self.directory, DESK, self.keystore)

    def test_the_example_of_the_docs_runs(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            example.day(DESK)
        self.assertIn("HIV", printed.getvalue())

    def test_spans_are_in_utf16_units(self):
        session = self.app.unlock(self.workspace, PASSCODE)
        text = "😀 Señora: your HIV test is positive"
        said = example.screened(session, text)
        self.assertEqual(said.verdict, curtain.Verdict.BLOCK())
        hiv = next(found for found in said.findings if found._class == curtain.Class.SENSITIVE_HIV)
        units = text.encode("utf-16-le")
        self.assertIn("HIV", units[2 * hiv.span.start_utf16 : 2 * hiv.span.end_utf16].decode("utf-16-le"))

    def test_a_lock_keeps_what_was_typed_and_a_wrong_passcode_counts(self):
        session = self.app.unlock(self.workspace, PASSCODE)
        draft = session.new_draft(None, curtain.Channel.SMS, curtain.Audience.PATIENT)
        session.type_draft(draft, "half a sent", 11)
        session.lock()
        with self.assertRaises(curtain.CurtainError.Locked):
            session.drafts()
        with self.assertRaises(curtain.CurtainError.WrongPasscode) as refused:
            self.app.unlock(self.workspace, b"seven calm herrings")
        self.assertEqual(refused.exception.tries_left, 9)
        session = self.app.unlock(self.workspace, PASSCODE)
        self.assertEqual(session.drafts()[0].draft.text, "half a sent")

    def test_a_sleeping_keystore_is_typed_and_costs_no_guess(self):
        self.keystore.asleep = True
        with self.assertRaises(curtain.CurtainError.KeystoreNotNow):
            self.app.unlock(self.workspace, PASSCODE)
        self.keystore.asleep = False
        self.app.unlock(self.workspace, PASSCODE)

    def test_an_unexpected_exception_in_a_callback_is_typed(self):
        def fail():
            raise ValueError("not a keystore error")

        self.keystore.reenter = fail
        with self.assertRaises(curtain.CurtainError.KeystoreNotNow):
            self.app.unlock(self.workspace, PASSCODE)
        self.keystore.reenter = None
        self.app.unlock(self.workspace, PASSCODE)

    def test_coming_back_from_a_callback_is_refused(self):
        seen = []

        def come_back():
            try:
                self.app.unlock(self.workspace, PASSCODE)
            except curtain.CurtainError as error:
                seen.append(type(error).__name__)

        self.keystore.reenter = come_back
        self.app.unlock(self.workspace, PASSCODE)
        self.assertTrue(seen and set(seen) == {"Busy"}, seen)

    def test_the_ways_in(self):
        app, workspace = self.app, self.workspace
        session = app.unlock(workspace, PASSCODE)
        with self.assertRaises(curtain.CurtainError.NotAllowed):
            session.enable_biometry(PASSCODE)  # no policy yet, and the strict pack forbids it
        pack = Path(__file__).parent.parent.parent / "core/src/policy/packs/us-hipaa.json"
        policy = self.directory / "policy.jws"
        sign = [DESK, "policy", "sign", str(pack), "--keys", str(self.directory / "hospital"), "--out", str(policy)]
        subprocess.run(sign, check=True, capture_output=True)
        self.assertEqual(app.deliver(policy.read_bytes()), curtain.Delivery.DONE())
        # guide: slots
        new = b"eleven slow barges drift"
        assert app.passcode_weakness(new) is None  # else a reason, whose words are in words/*.toml
        session.change_passcode(PASSCODE, new)  # the present one counts as a guess if it is wrong
        session.enable_biometry(new)  # show the system's prompt first
        session.lock()

        if app.biometry(workspace) == curtain.BiometryState.READY():
            session = app.unlock_with_biometry(workspace)  # after the prompt; NotAllowed: ask for the passcode
        # guide end
        self.assertEqual(session.patients(), [])
        with self.assertRaises(curtain.CurtainError.WrongPasscode):
            session.change_passcode(PASSCODE, new)
        session.lock()
        self.keystore.keys.pop(next(alias for alias in self.keystore.keys if alias.endswith("biometry")))
        with self.assertRaises(curtain.CurtainError.NotAllowed):
            app.unlock_with_biometry(workspace)
        changed = curtain.BiometryState.PASSCODE_FIRST(curtain.BiometryPause.CHANGED)
        self.assertEqual(app.biometry(workspace), changed)
        session = app.unlock(workspace, new)
        self.assertEqual(app.biometry(workspace), curtain.BiometryState.OFF())
        with self.assertRaises(curtain.CurtainError.NotAllowed):
            session.enable_recovery(new)  # the policy does not allow it
        self.assertEqual(app.passcode_weakness(b"482716"), curtain.PasscodeWeakness.DIGITS_ONLY)

    def test_a_point_of_the_curve_for_a_guess(self):
        point = curtain.hash_to_p256(bytes(32))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)  # refuses what is not on the curve
        self.assertNotEqual(point, curtain.hash_to_p256(bytes(31) + b"\1"))

    def test_leaving_gives_a_receipt_that_the_hospital_verifies(self):
        session = self.app.unlock(self.workspace, PASSCODE)
        receipt = session.wipe(session.fresh_auth(PASSCODE))
        with self.assertRaises(curtain.CurtainError.Erased):
            session.patients()
        path = self.directory / "receipt.jws"
        path.write_bytes(receipt)
        register = self.directory / "hospital" / "register"
        checked = subprocess.run(
            [DESK, "verify", "receipt", str(path), "--register", str(register)],
            capture_output=True,
            text=True,
        )
        self.assertEqual(checked.returncode, 0, checked.stderr)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(bool(bad) or result.testsRun == 0)
