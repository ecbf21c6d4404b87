"""A keystore and a clock in Python: stand-ins for a phone's hardware, good for tests and scripts only.

Needs the `cryptography` package, and the generated `curtain.py` on the path.
"""

import hashlib
import hmac
import os
import time

import curtain
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class MemoryKeystore(curtain.Keystore):
    """HMAC-SHA256 as PRF, AES-GCM as seal, ES256 on P-256; it can sleep, fail and forget."""

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
        nonce = os.urandom(12)
        return nonce + AESGCM(self._key(alias)).encrypt(nonce, plaintext, None)

    def open(self, alias, sealed):
        try:
            return AESGCM(self._key(alias)).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise curtain.KeystoreError.Unsupported() from None

    def sign(self, alias, message):
        signature = self._key(alias).sign(message, ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def public_key(self, alias):
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
