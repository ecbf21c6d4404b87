"""A short day through the Python bindings, on the real library, with keystore and clock written in Python."""

import hashlib
import hmac
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.environ["CURTAIN_BINDINGS"])
import curtain  # noqa: E402

DESK = os.environ["CURTAIN_DESK"]
PASSCODE = b"seven calm herons"


class MemoryKeystore(curtain.Keystore):
    """HMAC as PRF, an encrypt-then-MAC toy as seal: a stand-in for hardware, good for tests only."""

    def __init__(self):
        self.keys = {}
        self.asleep = False
        self.reenter = None

    def _key(self, alias):
        if self.asleep:
            raise curtain.KeystoreError.NotNow()
        if alias not in self.keys:
            raise curtain.KeystoreError.PermanentlyGone()
        return self.keys[alias]

    def create(self, alias, purpose):
        if purpose == curtain.KeyPurpose.SIGN:
            from cryptography.hazmat.primitives.asymmetric import ec

            self.keys[alias] = ec.generate_private_key(ec.SECP256R1())
        else:
            self.keys[alias] = os.urandom(32)

    def exists(self, alias):
        if self.asleep:
            raise curtain.KeystoreError.NotNow()
        return alias in self.keys

    def delete(self, alias):
        self.keys.pop(alias, None)

    def prf(self, alias, input):
        if self.reenter:
            self.reenter()
        return hmac.new(self._key(alias), input, hashlib.sha256).digest()

    def seal(self, alias, plaintext):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(12)
        return nonce + AESGCM(self._key(alias)).encrypt(nonce, plaintext, None)

    def open(self, alias, sealed):
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key(alias)).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise curtain.KeystoreError.Unsupported() from None

    def sign(self, alias, message):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        signature = self._key(alias).sign(message, ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def public_key(self, alias):
        from cryptography.hazmat.primitives import serialization

        return self._key(alias).public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def strength(self):
        return curtain.KeystoreStrength.SOFTWARE


class WallClock(curtain.Clock):
    def now(self):
        return curtain.Instant(
            wall_ms=int(time.time() * 1000), since_boot_ms=int(time.monotonic() * 1000), boot_id="test"
        )


def desk(*arguments):
    return subprocess.run([DESK, *arguments], check=True, capture_output=True, text=True)


class Day(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.keystore = MemoryKeystore()
        self.app = curtain.Curtain.open(self.directory.name + "/phone", self.keystore, WallClock())
        hospital = self.directory.name + "/hospital"
        desk("key", "init", "--name", "St. Alder", "--out", hospital)
        request = self.app.request()
        with open(self.directory.name + "/request.jws", "wb") as file:
            file.write(request.document)
        enrolment = self.directory.name + "/enrolment.jws"
        desk("enrol", file.name, "--keys", hospital, "--clinician", "Dr. Lee", "--out", enrolment)
        with open(enrolment, "rb") as file:
            document = file.read()
        self.assertEqual(len(self.app.enrolment_words(document)), 6)
        self.workspace = self.app.enrol(document, PASSCODE).id

    def tearDown(self):
        self.directory.cleanup()

    def test_a_draft_from_keystroke_to_lock(self):
        session = self.app.unlock(self.workspace, PASSCODE)
        request = curtain.AssessRequest(
            patient=None,
            channel=curtain.Channel.PORTAL,
            audience=curtain.Audience.PATIENT,
            address=None,
            roster=None,
            attachments=[],
            lang=curtain.Lang.EN,
        )
        said = session.assess("Señora: your HIV test is positive", request)
        hiv = next(f for f in said.findings if f._class == curtain.Class.SENSITIVE_HIV)
        units = "Señora: your HIV test is positive".encode("utf-16-le")
        start, end = hiv.span.start_utf16, hiv.span.end_utf16
        self.assertIn("HIV", units[2 * start : 2 * end].decode("utf-16-le"))
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


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(bool(bad))
