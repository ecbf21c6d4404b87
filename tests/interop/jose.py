"""Our documents against jwcrypto, an independent JOSE library: it verifies what we sign, we verify what it signs."""

import json
import unittest

from jwcrypto import jwk, jws
from jwcrypto.common import base64url_decode, base64url_encode

import driver

TYP = "curtain-test"
ROLES = {"enrolment": "root", "policy": "policy", "lease": "lease", "order": "order"}
PHONE = ("request", "checkpoint", "receipt")


def public(key):
    return json.loads(key.export_public())


def plain(key):
    """The public JWK with its required members only, as documents carry it."""
    return {name: value for name, value in public(key).items() if name in ("kty", "crv", "x", "y")}


def sign(payload, *keys, typ=TYP, **more):
    token = jws.JWS(payload)
    for key in keys:
        algorithm = "EdDSA" if public(key)["kty"] == "OKP" else "ES256"
        header = {"alg": algorithm, "kid": key.thumbprint(), "typ": typ, **more}
        token.add_signature(key, algorithm, json.dumps(header))
    serialized = json.loads(token.serialize())
    if "signatures" not in serialized:  # jwcrypto flattens a single signature
        signature = {name: serialized.pop(name) for name in ("protected", "signature")}
        serialized["signatures"] = [signature]
    return json.dumps(serialized).encode()


def flips(document):
    for at in range(len(document)):
        yield document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


class WhatWeSign(unittest.TestCase):
    def check(self, name, keys):
        document = driver.phone()[name]
        outer = json.loads(document)
        self.assertEqual(set(outer), {"payload", "signatures"})
        known = {key.thumbprint(): key for key in keys}
        for signature in outer["signatures"]:
            self.assertEqual(set(signature), {"protected", "signature"})
            header = json.loads(base64url_decode(signature["protected"]))
            self.assertEqual(set(header), {"alg", "kid", "typ"})
            self.assertEqual(header["typ"], f"curtain-{name}")
            token = jws.JWS()
            token.allowed_algs = ["EdDSA", "ES256"]
            token.deserialize(json.dumps({"payload": outer["payload"], **signature}))
            token.verify(known[header["kid"]])
            self.assertEqual(json.loads(token.payload)["spec"], 1)
            with self.assertRaises(jws.InvalidJWSSignature):
                token.verify(jwk.JWK.generate(kty="EC", crv="P-256") if name in PHONE else jwk.JWK.generate(kty="OKP", crv="Ed25519"))
        return outer

    def test_jwcrypto_verifies_what_the_phone_signs(self):
        keys = [jwk.JWK(**key) for key in driver.phone()["keys"]["phone"]]
        for name in PHONE:
            with self.subTest(name):
                self.assertEqual(len(self.check(name, keys)["signatures"]), 1)

    def test_jwcrypto_verifies_what_the_institution_signs(self):
        for name, role in ROLES.items():
            with self.subTest(name):
                keys = [jwk.JWK(**key) for key in driver.phone()["keys"][role]]
                outer = self.check(name, keys)
                self.assertEqual(len(outer["signatures"]), 2 if role == "root" else 1)

    def test_the_enrolment_names_the_requests_hash(self):
        import hashlib

        payload = {name: base64url_decode(json.loads(driver.phone()[name])["payload"]) for name in ("request", "enrolment")}
        self.assertEqual(json.loads(payload["enrolment"])["request"], hashlib.sha256(payload["request"]).hexdigest())


class WhatJwcryptoSigns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ed = [jwk.JWK.generate(kty="OKP", crv="Ed25519") for _ in range(2)]
        cls.p256 = jwk.JWK.generate(kty="EC", crv="P-256")

    def test_core_and_desk_accept_both_algorithms(self):
        for key in (self.ed[0], self.p256):
            for payload in (b"", b"x", b'{"version":7}', bytes(range(256)) * 40):
                self.assertEqual(driver.verify(TYP, sign(payload, key), [plain(key)]), payload)

    def test_every_flipped_byte_is_refused(self):
        for key in (self.ed[0], self.p256):
            document = json.dumps(json.loads(sign(b'{"version":7}', key)), separators=(",", ":")).encode()
            self.assertIsNotNone(driver.verify(TYP, document, [plain(key)]))
            for flipped in flips(document):
                self.assertIsNone(driver.verify(TYP, flipped, [plain(key)]), flipped)

    def test_a_threshold_of_two_takes_two_keys(self):
        one, two = self.ed
        keys = [plain(one), plain(two)]
        self.assertEqual(driver.verify(TYP, sign(b"x", one, two), keys, 2), b"x")
        self.assertIsNone(driver.verify(TYP, sign(b"x", one, one), keys, 2))
        self.assertIsNone(driver.verify(TYP, sign(b"x", one), keys, 2))

    def test_other_headers_types_and_keys_are_refused(self):
        key = self.ed[0]
        keys = [plain(key)]
        self.assertIsNone(driver.verify("curtain-lease", sign(b"x", key), keys))
        self.assertIsNone(driver.verify(TYP, sign(b"x", self.ed[1]), keys))
        self.assertIsNone(driver.verify(TYP, sign(b"x", key, cty="json"), keys))
        self.assertIsNone(driver.verify(TYP, sign(b"x", key, kid="key-1"), keys))
        flat = json.loads(sign(b"x", key))
        flat.update(flat.pop("signatures")[0])
        self.assertIsNone(driver.verify(TYP, json.dumps(flat).encode(), keys))
        compact = ".".join((flat["protected"], flat["payload"], flat["signature"]))
        self.assertIsNone(driver.verify(TYP, compact.encode(), keys))

    def test_hmac_with_the_public_key_is_refused(self):
        # The classic confusion: HS256 keyed with the bytes of the public key.
        key = self.p256
        secret = jwk.JWK(kty="oct", k=public(key)["x"])
        token = jws.JWS(b"x")
        token.add_signature(secret, "HS256", json.dumps({"alg": "HS256", "kid": key.thumbprint(), "typ": TYP}))
        flat = json.loads(token.serialize())
        document = {"payload": flat["payload"], "signatures": [{"protected": flat["protected"], "signature": flat["signature"]}]}
        self.assertIsNone(driver.verify(TYP, json.dumps(document).encode(), [plain(key)]))
        none = base64url_encode(json.dumps({"alg": "none", "kid": key.thumbprint(), "typ": TYP}))
        document["signatures"] = [{"protected": none, "signature": ""}]
        self.assertIsNone(driver.verify(TYP, json.dumps(document).encode(), [plain(key)]))

    def test_a_key_of_our_own_signs_through_jwcrypto_for_a_phone(self):
        # What the core issued and what jwcrypto would issue have one form: the core reads its own payload back.
        document = driver.phone()["lease"]
        payload = base64url_decode(json.loads(document)["payload"])
        again = sign(payload, self.ed[0], typ="curtain-lease")
        self.assertEqual(driver.verify("curtain-lease", again, [plain(self.ed[0])]), payload)
        self.assertEqual(driver.verify("curtain-lease", document, driver.phone()["keys"]["lease"]), payload)


if __name__ == "__main__":
    driver.main()
