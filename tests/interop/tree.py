"""The journal's tree against RFC 6962 in ten lines of Python, and against the published roots."""

import hashlib
import unittest

import driver

PUBLISHED = (
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (bytes(range(0x50, 0x58)), "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (bytes(range(0x60, 0x70)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
)


def sha256(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]) if leaves else sha256(b"")
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:]))


class Tree(unittest.TestCase):
    def roots(self, leaves):
        answer = driver.ask(do="tree", leaves=[driver.b64(leaf) for leaf in leaves])
        self.assertEqual(answer["core"], answer["desk"])
        return answer["core"]

    def test_the_published_roots(self):
        leaves = [leaf for leaf, _ in PUBLISHED]
        for size, (_, expected) in enumerate(PUBLISHED, 1):
            self.assertEqual(self.roots(leaves[:size]), expected)

    def test_every_size_up_to_seventy(self):
        leaves = [bytes([n]) * n for n in range(70)]
        for size in range(71):
            self.assertEqual(self.roots(leaves[:size]), root(leaves[:size]).hex(), size)


if __name__ == "__main__":
    driver.main()
