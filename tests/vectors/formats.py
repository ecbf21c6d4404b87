"""A reader of Curtain's files, written from docs/formats.md alone (the numbers are its sections). It shares no code with the core.

Everything raises Refused that is not exactly what the page says. Reads only; keys come from the software keystore's directory.
"""

import hashlib
import hmac
import json
import sqlite3
import tempfile
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_private_key


class Refused(Exception):
    """What was read is not what the page says."""


def need(holds, why):
    if not holds:
        raise Refused(why)


# Conventions


def H(data):
    return hashlib.sha256(data).digest()


def mac256(key, data):
    return hmac.new(key, data, "sha256").digest()


def hkdf(salt, ikm, info, length=32):
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(ikm)


def u(number, length):
    return number.to_bytes(length, "big")


def strict_json(text, members=None):
    """JSON in which no member comes twice; with `members`, exactly those in that order."""

    def once(pairs):
        need(len({name for name, _ in pairs}) == len(pairs), "a member twice")
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused("not JSON") from error
    need(members is None or list(value) == members.split(), f"members {list(value)}")
    return value


# 2 Sealing


def single_use(key, parts, salt, commit):
    bound = b"".join(u(len(part), 4) + part for part in parts)
    okm = hmac.new(key, salt + bound, "sha512").digest()
    need(hmac.compare_digest(okm[32:], commit), "commitment")
    return AESGCM(okm[:32])


def gcm(cipher, number, sealed):
    try:
        return cipher.decrypt(bytes(11) + bytes([number]), sealed, None)
    except (InvalidTag, ValueError) as error:
        raise Refused("tag") from error


def open_blob(key, parts, blob):
    need(len(blob) >= 72, "a sealed blob has 72 bytes more")
    return gcm(single_use(key, parts, blob[:24], blob[24:56]), 0, blob[56:])


# 12 The software keystore


class Keystore:
    def __init__(self, keys):
        self.keys = keys

    def key(self, alias, purposes):
        need(alias in self.keys, f"{alias} is gone")
        need(self.keys[alias][:1] in purposes, "another purpose")
        return self.keys[alias][1:]

    def prf(self, alias, data):
        return mac256(self.key(alias, (b"p",)), data)

    def open(self, alias, sealed):
        return open_blob(self.key(alias, (b"s", b"b")), [alias.encode()], sealed)

    def public(self, alias):
        return load_der_private_key(self.key(alias, (b"e",)), None).public_key()


# 3 Slots


class Slot:
    SIZE = 271

    def __init__(self, data):
        need(len(data) == self.SIZE and data[:8] == b"CURTSLOT" and data[8:10] == u(1, 2), "slot")
        self.data, self.header = data, data[:71]
        self.workspace, self.enrolment, self.number = data[10:26], data[26:42], data[42]
        self.pepper, self.kib, self.passes = (int.from_bytes(data[at : at + 4], "big") for at in (43, 47, 51))
        self.salt, self.known, self.commit = data[55:71], data[71:103], data[103:135]
        self.wrapped, self.mac = data[135:239], data[239:]
        need(65_536 <= self.kib <= 524_288 and 3 <= self.passes <= 10, "cost")

    def verify(self, keystore):
        alias = f"{self.workspace.hex()}.pepper-{self.pepper}"
        known = H(keystore.prf(alias, H(b"curtain known answer v1" + self.header)))
        mac = keystore.prf(alias, H(b"curtain slot mac v1" + self.data[:239]))
        need(known == self.known and mac == self.mac, "slot mac")

    def guess(self, keystore, passcode):
        """ROOT, or None for a wrong passcode."""
        x = hash_secret_raw(passcode, self.salt, self.passes, self.kib, 1, 32, Type.ID, 0x13)
        y = keystore.prf(f"{self.workspace.hex()}.pepper-{self.pepper}", H(b"curtain guess v1" + self.workspace + bytes([self.number]) + x))
        okm = hkdf(y, x, b"curtain kek v1" + H(self.header), 64)
        if okm[32:] != self.commit:
            return None
        return open_blob(okm[:32], [b"curtain root v1", H(self.header)], self.wrapped)


def slots(data):
    need(len(data) in (271, 542, 813), "slots")
    found = [Slot(data[at : at + 271]) for at in range(0, len(data), 271)]
    numbers = [slot.number for slot in found]
    need(numbers[0] == 0 and numbers == sorted(set(numbers)) and numbers[-1] <= 2, "numbers")
    need(len({(slot.workspace, slot.enrolment, slot.pepper) for slot in found}) == 1, "slots of one pepper")
    return found


def recovery_code(text):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    typed = text.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    need(len(typed) == 27 and all(letter in alphabet for letter in typed), "recovery code")
    number = 0
    for letter in typed[:26]:
        number = number * 32 + alphabet.index(letter)
    need(number < 1 << 128, "recovery code")
    code = u(number, 16)
    need(alphabet.index(typed[26]) == H(code)[0] % 32, "the code's check")
    return code


# 4 Anchor


ANCHOR = (
    "generation workspace enrolment head pepper epoch attempts biometry trust wish running lease_from_ms journal segment counts tombstone"
)


def anchor(data, keystore, workspace):
    need(len(data) <= 128 * 1024 and data[:8] == b"CURTANCH" and data[8:10] == u(1, 2), "anchor")
    generation = int.from_bytes(data[10:18], "big")
    state = strict_json(keystore.open(f"{workspace}.anchor-{generation}", data[18:]), ANCHOR)
    need(state["generation"] == generation and state["workspace"] == workspace, "anchor of another")
    need(list(state["head"]) == ["seq", "hash", "anchor_id"], "head")
    need(list(state["journal"]) == ["epoch", "key", "seal", "size", "root"], "journal")
    return state


# 5 Keys


class Keys:
    def __init__(self, root, workspace, keystore, sealed_head):
        self.workspace = bytes.fromhex(workspace)
        head = open_blob(hkdf(self.workspace, root, b"curtain head v1"), [b"curtain head v1", self.workspace], sealed_head)
        self.head = strict_json(head, "seq anchor_id epoch pepper inner lanes journal folded folded_entries")
        label = b"curtain inner v1"
        inner = open_blob(hkdf(self.workspace, root, label), [label, self.workspace], bytes.fromhex(self.head["inner"]))
        self.manifest, self.journal, self.pseudonyms = (
            hkdf(self.workspace, inner, name) for name in (b"curtain manifest v1", b"curtain journal seal v1", b"curtain pseudonym v1")
        )
        label = b"curtain key table v1"
        self.table = hkdf(keystore.prf(f"{workspace}.epoch-{self.head['epoch']}", H(label + self.workspace)), root, label)

    def lane(self, lane, wrapped):
        need(len(wrapped) == 104, "a wrapped key")
        return open_blob(self.table, [b"curtain lane v1", self.workspace, lane], wrapped)

    def pseudonym(self, lane):
        return mac256(self.pseudonyms, lane)[:16]


# 6 Database


TABLES = {
    "heads": "row id lane version envelope head",
    "bodies": "row body",
    "lanes": "lane wrapped manifest",
    "journal": "seq entry",
    "head": "only pepper sealed",
}


def tables(data):
    """Every row of the five tables, as lists that may be changed before they are read."""
    need(data[:16] == b"SQLite format 3\0", "no database")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vault.db"
        path.write_bytes(data)
        try:
            database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            need(database.execute("PRAGMA application_id").fetchone() == (0x43555254,), "application id")
            need(database.execute("PRAGMA user_version").fetchone() == (1,), "version")
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            need(names == set(TABLES), "tables")
            read = {
                table: [list(row) for row in database.execute(f"SELECT {columns.replace(' ', ', ')} FROM {table} ORDER BY 1")]
                for table, columns in TABLES.items()
            }
            database.close()
        except sqlite3.Error as error:
            raise Refused("database") from error
    return read


class Vault:
    """What a right ROOT opens: checked against the anchor, the manifests and every seal."""

    def __init__(self, rows, root, state, keystore):
        need(len(rows["head"]) == 1 and rows["head"][0][0] == 1, "one head")
        _, pepper, sealed = rows["head"][0]
        self.keys = keys = Keys(root, state["workspace"], keystore, sealed)
        head, mark = keys.head, state["head"]
        need(head["pepper"] == pepper, "pepper")
        anchored = head["seq"] == mark["seq"] and H(sealed).hex() == mark["hash"]
        later = head["anchor_id"] == mark["anchor_id"] and mark["seq"] < head["seq"] <= mark["seq"] + 32
        need(anchored or later, "the head that the anchor marks")
        self.lanes = self.read_lanes(rows)
        self.log = self.read_journal(rows["journal"])

    def read_lanes(self, rows):
        keys, listed = self.keys, b"lanes"
        for lane, wrapped, manifest in sorted(rows["lanes"]):
            need(len(lane) == 16 and len(manifest) == 32 and len(wrapped) == 104, "lane")
            listed += lane + manifest + wrapped[24:56]
        need(mac256(keys.manifest, listed).hex() == keys.head["lanes"], "the lanes' manifest")
        bodies, lanes = dict(map(tuple, rows["bodies"])), {}
        for lane, wrapped, manifest in rows["lanes"]:
            mine = [row for row in rows["heads"] if row[2] == lane]
            listed = b"lane"
            for _, record, _, version, envelope, _ in sorted(mine, key=lambda row: row[1]):
                need(len(record) == 16 and version >= 1 and len(envelope) == 56, "record")
                listed += record + u(version, 8) + envelope[24:]
            need(mac256(keys.manifest, listed) == manifest, "a lane's manifest")
            key = keys.lane(lane, wrapped)
            lanes[lane] = [self.record(key, row, bodies) for row in mine]
        need(sum(map(len, lanes.values())) == len(rows["heads"]) == len(bodies), "a row that no manifest lists")
        return lanes

    def record(self, key, row, bodies):
        number, record, _, version, envelope, head = row
        need(number in bodies, "a record without its body")
        parts = [b"curtain record v1", self.keys.workspace, b"heads", record, u(version, 8)]
        cipher = single_use(key, parts, envelope[:24], envelope[24:])
        head, body = gcm(cipher, 0, head), gcm(cipher, 1, bodies[number])
        return {
            "id": record.hex(),
            "version": version,
            "kind": head[0],
            "head": unpad(head[1:], len(head), 64).decode(),
            "body": unpad(body, len(body), 256),
        }

    def read_journal(self, rows):
        log, tree = [], self.keys.head["journal"]
        for position, (seq, sealed) in enumerate(rows):
            need(seq == position, "the journal's numbers")
            parts = [b"curtain journal entry v1", self.keys.workspace, u(seq, 8)]
            log.append(strict_json(open_blob(self.keys.journal, parts, sealed), "entry mac"))
        need(len(log) == tree["size"], "the journal's size")
        need(list(map(bytes.hex, peaks([leaf(entry) for entry in log]))) == tree["peaks"], "the journal's tree")
        return log


def unpad(data, whole, bucket):
    length = int.from_bytes(data[:4], "big")
    need(whole % bucket == 0 and 4 + length <= len(data) and not any(data[4 + length :]), "padding")
    return data[4 : 4 + length]


# 7 Journal


def leaf(sealed):
    return H(b"\0" + sealed["entry"].encode())


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else H(b"")
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return H(b"\1" + root_of(leaves[:left]) + root_of(leaves[left:]))


def peaks(leaves):
    found = []
    for bit in range(len(leaves).bit_length() - 1, -1, -1):
        if len(leaves) >> bit & 1:
            start = len(leaves) >> bit + 1 << bit + 1
            found.append(root_of(leaves[start : start + (1 << bit)]))
    return found


class JournalKey:
    def __init__(self, key, epoch=0, seal=bytes(32), size=0, root=H(b"")):
        self.key, self.epoch, self.seal, self.size, self.root = key, epoch, seal, size, root

    def step(self):
        closed = mac256(self.key, b"curtain journal close v1" + u(self.epoch, 8) + u(self.size, 8) + self.root)
        return JournalKey(hkdf(b"", self.key, b"curtain journal step v1"), self.epoch + 1, H(self.seal + closed), self.size, self.root)

    def to(self, epoch, seal, leaves):
        """The key of a later epoch, whose seal is named: the puts in between saw all entries so far, or none of them."""
        need(epoch >= self.epoch, "epochs never fall")
        if epoch == self.epoch:
            need(self.seal == seal, "seal")
            return self
        for key in (JournalKey(self.key, self.epoch, self.seal, len(leaves), root_of(leaves)), self):
            while key.epoch < epoch:
                key = key.step()
            if key.seal == seal:
                return key
        raise Refused("seal")


def verify_log(first_key, log, epoch, seal):
    """Checks every entry from k_0; gives the key of `epoch`, where `seal` must stand."""
    key, leaves = JournalKey(first_key), []
    for number, sealed in enumerate(log):
        entry = strict_json(sealed["entry"])
        key = key.to(entry["epoch"], bytes.fromhex(entry["seal"]), leaves)
        need(len(json.dumps(sealed)) <= 8 * 1024, "a long entry")
        check_mac(key.key, sealed, entry, entry.get("locked", number))
        leaves.append(leaf(sealed))
    return key.to(epoch, bytes.fromhex(seal), leaves)


def check_mac(key, sealed, entry, position):
    made = mac256(key, b"curtain journal mac v1" + u(entry["epoch"], 8) + u(position, 8) + leaf(sealed))
    need(made.hex() == sealed["mac"], "an entry's mac")


# 8 Signed documents


def unb64(text):
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError) as error:
        raise Refused("base64url") from error
    need(b64(data) == text, "base64url")
    return data


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def thumbprint(jwk):
    names = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y")}[jwk["kty"]]
    return b64(H(json.dumps({name: jwk[name] for name in names}, separators=(",", ":")).encode()))


def jwk_of(public):
    numbers = public.public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": b64(u(numbers.x, 32)), "y": b64(u(numbers.y, 32))}


def payload(document):
    return unb64(strict_json(document)["payload"])


def verify_jws(document, typ, keys, threshold=1):
    """The payload, signed as `typ` by `threshold` of the JWKs (each with its own verifier) and by nobody else."""
    need(len(document) <= 64 * 1024, "a long document")
    outer = strict_json(document)
    need(isinstance(outer, dict), "JWS")
    need(set(outer) == {"payload", "signatures"} and 1 <= len(outer["signatures"]) <= 16, "JWS")
    signers = set()
    for one in outer["signatures"]:
        need(set(one) == {"protected", "signature"}, "signature")
        header = strict_json(unb64(one["protected"]))
        need(set(header) == {"alg", "kid", "typ"} and header["typ"] == typ, "header")
        jwk = {thumbprint(jwk): jwk for jwk in keys}.get(header["kid"])
        need(jwk is not None, "a key that may not sign")
        need(header["alg"] == {"OKP": "EdDSA", "EC": "ES256"}[jwk["kty"]], "algorithm")
        check_signature(jwk, unb64(one["signature"]), f"{one['protected']}.{outer['payload']}".encode())
        signers.add(header["kid"])
    need(len(signers) >= threshold, "threshold")
    return strict_json(unb64(outer["payload"]))


def check_signature(jwk, signature, message):
    need(len(signature) == 64, "64 bytes")
    try:
        if jwk["kty"] == "OKP":
            Ed25519PublicKey.from_public_bytes(unb64(jwk["x"])).verify(signature, message)
        else:
            x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in "xy")
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise Refused("signature") from error


# 10 Files in the age format


def open_age(data, secret):
    private = X25519PrivateKey.from_private_bytes(secret)
    end = data.index(b"\n---") + 1
    header, rest = data[: end + 3], data[end + 4 :]
    mac, _, body = rest.partition(b"\n")
    lines = header.split(b"\n")
    need(lines[0] == b"age-encryption.org/v1", "age")
    me = private.public_key().public_bytes_raw()
    for stanza, wrapped in zip(lines[1::2], lines[2::2]):
        share = b64decode(stanza.split()[2] + b"=")
        shared = private.exchange(X25519PublicKey.from_public_bytes(share))
        wrap = hkdf(share + me, shared, b"age-encryption.org/v1/X25519")
        try:
            file_key = ChaCha20Poly1305(wrap).decrypt(bytes(12), b64decode(wrapped + b"=="), None)
            break
        except InvalidTag:
            continue
    else:
        raise Refused("no stanza for this recipient")
    need(b64decode(mac + b"=") == mac256(hkdf(b"", file_key, b"header"), header), "age header")
    cipher, out, chunks = ChaCha20Poly1305(hkdf(body[:16], file_key, b"payload")), b"", body[16:]
    count = max(1, -(-len(chunks) // (65_536 + 16)))
    for number in range(count):
        nonce = u(number, 11) + bytes([number == count - 1])
        try:
            out += cipher.decrypt(nonce, chunks[number * 65_552 : (number + 1) * 65_552], None)
        except InvalidTag as error:
            raise Refused("age chunk") from error
    return out
