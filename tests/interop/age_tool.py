"""Files that the core seals, opened with the stock `age` program."""

import base64
import pathlib
import subprocess
import tempfile
import unittest

import driver


class StockAge(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def identity(self, name):
        path = self.directory / name
        subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
        recipient = subprocess.check_output(["age-keygen", "-y", path], text=True).strip()
        return path, recipient

    def seal(self, plaintext, *recipients):
        answer = driver.ask(do="seal", recipients=list(recipients), plaintext=driver.b64(plaintext))
        return base64.b64decode(answer["sealed"])

    def open(self, sealed, identity):
        done = subprocess.run(["age", "-d", "-i", identity], input=sealed, capture_output=True)
        return done.stdout if done.returncode == 0 else None

    def test_age_opens_every_length(self):
        path, recipient = self.identity("one")
        for length in (0, 1, 1000, 65535, 65536, 65537, 131072, 300_001):
            plaintext = bytes(n % 251 for n in range(length))
            self.assertEqual(self.open(self.seal(plaintext, recipient), path), plaintext, length)

    def test_each_recipient_opens_alone_and_nobody_else(self):
        (one, first), (two, second), (stranger, _) = (self.identity(name) for name in ("one", "two", "three"))
        sealed = self.seal(b"a bundle", first, second)
        self.assertEqual((self.open(sealed, one), self.open(sealed, two)), (b"a bundle", b"a bundle"))
        self.assertIsNone(self.open(sealed, stranger))

    def test_age_refuses_a_flipped_byte(self):
        path, recipient = self.identity("one")
        sealed = self.seal(b"a bundle", recipient)
        for at in range(0, len(sealed), 7):
            flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            self.assertIsNone(self.open(flipped, path), at)

    def test_age_opens_a_phones_audit_key_with_the_desks_identity(self):
        phone = driver.phone()
        opened = self.open(phone["audit_key"], phone["audit_identity"])
        self.assertRegex(opened.decode(), "^[0-9a-f]{64}$")

    def test_the_desk_opens_what_age_seals(self):
        path, recipient = self.identity("one")
        sealed = subprocess.run(["age", "-r", recipient], input=b"from age", capture_output=True, check=True).stdout
        (self.directory / "sealed.age").write_bytes(sealed)
        command = ["cargo", "run", "-q", "-p", "curtain-desk", "--bin", "curtain", "--", "open"]
        command += [self.directory / "sealed.age", "--identity", path]
        self.assertEqual(subprocess.check_output(command, cwd=driver.ROOT), b"from age")


if __name__ == "__main__":
    driver.main()
