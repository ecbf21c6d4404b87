#!/usr/bin/env python3
"""Opens vectors of every format by other code and compares: read.py DIRECTORY… (each as `--example vectors` of the core writes it).

The reader is formats.py, written from docs/formats.md; this file says what must be found and what must be refused. Ends with "N passed, N failed".
"""

import copy
import json
import sys
import unittest
from pathlib import Path

from formats import (
    H, Keystore, Refused, Vault, anchor, check_mac, jwk_of, leaf, mac256, open_age, payload, recovery_code, root_of, slots,
    strict_json, tables, verify_jws, verify_log,
)


class Phone:
    """A vector's directory, with what is slow done once."""

    def __init__(self, directory):
        self.directory = directory
        self.expected = json.loads((directory / "expected.json").read_text())
        self.workspace = self.expected["workspace"]
        self.keys = {path.name: path.read_bytes() for path in (directory / "keys").iterdir()}
        self.keystore = Keystore(self.keys)
        place = directory / "phone" / "workspaces" / self.workspace
        self.files = {path.name: path.read_bytes() for path in place.iterdir()}
        self.rows = tables(self.files["vault.db"])
        self.state = anchor(self.files["anchor"], self.keystore, self.workspace)
        self.slots = slots(self.files["slots"])
        self.secret = bytes.fromhex(self.expected["recipient_secret"])
        self.roots = [self.slots[0].guess(self.keystore, self.expected["passcode"].encode())]
        share = self.keystore.open(f"{self.workspace}.biometry", bytes.fromhex(self.state["biometry"]["share"]))
        self.roots.append(self.slots[1].guess(self.keystore, share))
        (self.code,) = [name for name in self.files if name.startswith("recovery-")]
        code = recovery_code(open_age(self.files[self.code], self.secret).decode())
        self.roots.append(self.slots[2].guess(self.keystore, code))
        self.first_key = bytes.fromhex(open_age(self.files["audit-key.age"], self.secret).decode())
        self.vault = self.open()
        self.jwk = jwk_of(self.keystore.public(f"{self.workspace}.sign"))

    def open(self, **changed):
        given = {"rows": self.rows, "root": self.roots[0], "state": self.state, "keystore": self.keystore} | changed
        return Vault(**given)


PHONES = {}


class Read(unittest.TestCase):
    directory = None

    @property
    def phone(self):
        if self.directory not in PHONES:
            PHONES[self.directory] = Phone(self.directory)
        return PHONES[self.directory]

    def refused(self, work, *arguments, **named):
        with self.assertRaises(Refused):
            work(*arguments, **named)

    def test_the_three_slots_open_one_root(self):
        phone = self.phone
        self.assertEqual([slot.number for slot in phone.slots], [0, 1, 2])
        for slot in phone.slots:
            slot.verify(phone.keystore)
            self.assertEqual(slot.workspace.hex(), phone.workspace)
            self.assertEqual((slot.kib, slot.passes, slot.pepper), (65_536, 3, phone.state["pepper"]))
            self.assertEqual(slot.enrolment.hex(), phone.state["enrolment"])
        self.assertEqual(len(phone.roots[0]), 32)
        self.assertEqual(phone.roots, phone.roots[:1] * 3)
        self.assertEqual(phone.code, f"recovery-{H(phone.slots[2].data).hex()[:16]}.age")

    def test_a_wrong_passcode_is_told_by_its_commitment(self):
        self.assertIsNone(self.phone.slots[0].guess(self.phone.keystore, self.phone.expected["wrong_passcode"].encode()))

    def test_every_flipped_byte_of_the_slots_is_refused(self):
        phone = self.phone
        for at in range(len(phone.files["slots"])):
            data = flipped(phone.files["slots"], at)

            def whole():
                for slot in slots(data):
                    slot.verify(phone.keystore)

            self.refused(whole)

    def test_the_anchor_says_what_was_done(self):
        state, expected = self.phone.state, self.phone.expected
        self.assertEqual((state["attempts"]["failed"], state["tombstone"]), (1, None))
        self.assertEqual(state["counts"], {"drafts": 1, "uncharted": 3, "unknown": 0, "held": 0})
        self.assertEqual([sealed["entry"] for sealed in state["segment"]["entries"]], expected["vault"]["segment"])
        self.assertEqual(state["epoch"], self.phone.vault.keys.head["epoch"])

    def test_every_flipped_byte_of_the_anchor_is_refused(self):
        phone = self.phone
        for at in range(len(phone.files["anchor"])):
            self.refused(anchor, flipped(phone.files["anchor"], at), phone.keystore, phone.workspace)
        self.refused(anchor, phone.files["anchor"][:-1], phone.keystore, phone.workspace)

    def test_every_record_is_the_one_that_the_core_reads(self):
        vault, expected = self.phone.vault, self.phone.expected
        found = {
            lane.hex(): [record | {"body": record["body"].hex()} for record in records] for lane, records in vault.lanes.items()
        }
        self.assertEqual(found, expected["vault"]["lanes"])
        self.assertGreaterEqual({record["kind"] for records in vault.lanes.values() for record in records}, {1, 2, 4, 5, 6, 7, 8})

    def test_the_texts_are_those_that_were_written(self):
        bodies = {record["id"]: record["body"] for records in self.phone.vault.lanes.values() for record in records}
        for record, text in self.phone.expected["texts"].items():
            body = bodies[record]
            self.assertIn(text.encode(), (body, body[4 : 4 + int.from_bytes(body[:4], "big")]))
        self.assertEqual(set(self.phone.expected["patients"].values()), {lane.hex() for lane in self.phone.vault.lanes})

    def test_a_message_carries_its_trace(self):
        for records in self.phone.vault.lanes.values():
            for record in (record for record in records if record["kind"] == 6):
                length = int.from_bytes(record["body"][:4], "big")
                text, trace = record["body"][4 : 4 + length], record["body"][4 + length :]
                read = strict_json(trace)
                self.assertEqual(json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(), trace)
                self.assertEqual(read["mac"], mac256(bytes.fromhex(read["salt"]), text).hex())
                self.assertEqual(read["format"], "curtain-trace/1")
                policy = strict_json(payload(self.document()))
                self.assertEqual(read["policy"]["sha256"], H(policy["pack"].encode()).hex())
                return
        self.fail("no message")

    def document(self):
        (name,) = [name for name in self.phone.files if name.startswith("document-")]
        document = self.phone.files[name]
        self.assertEqual(name, f"document-{H(payload(document)).hex()}.jws")
        return document

    def test_every_flipped_byte_in_a_row_is_refused(self):
        phone = self.phone
        for table, found in phone.rows.items():
            for number, row in enumerate(found):
                for column, value in enumerate(row):
                    for at in sorted({0, len(value) // 2, len(value) - 1}) if isinstance(value, bytes) else ():
                        self.refused(phone.open, rows=changed(phone.rows, table, number, column, flipped(value, at)))
                    if isinstance(value, int):
                        self.refused(phone.open, rows=changed(phone.rows, table, number, column, value + 100_000))

    def test_rows_swapped_moved_deleted_or_doubled_are_refused(self):
        phone, tried = self.phone, 0
        for table in ("heads", "bodies", "lanes", "journal"):
            for number, row in enumerate(phone.rows[table]):
                gone = copy.deepcopy(phone.rows)
                del gone[table][number]
                self.refused(phone.open, rows=gone)
                other = phone.rows[table][number - 1]
                for column in range(1, len(row)):
                    if row[column] == other[column]:
                        continue
                    swapped = changed(phone.rows, table, number, column, other[column])
                    swapped[table][number - 1][column] = row[column]
                    tried += 1
                    self.refused(phone.open, rows=swapped)
        lanes = list(phone.vault.lanes)
        moved = changed(phone.rows, "heads", 0, 2, lanes[1] if phone.rows["heads"][0][2] == lanes[0] else lanes[0])
        self.refused(phone.open, rows=moved)
        doubled = copy.deepcopy(phone.rows)
        doubled["journal"].append([len(doubled["journal"]), doubled["journal"][-1][1]])
        self.refused(phone.open, rows=doubled)
        self.assertGreater(tried, 40)

    def test_cut_manifests_and_heads_are_refused(self):
        phone = self.phone
        for table, number, column in [("lanes", n, c) for n in range(len(phone.rows["lanes"])) for c in (0, 1, 2)] + [("head", 0, 2)]:
            value = phone.rows[table][number][column]
            for shorter in (value[:-1], value[:-16], value[1:], b""):
                self.refused(phone.open, rows=changed(phone.rows, table, number, column, shorter))

    def test_an_older_state_is_refused(self):
        phone, before = self.phone, self.phone.directory / "before"
        older = tables((before / "vault.db").read_bytes())
        self.refused(phone.open, rows=older)
        self.refused(anchor, (before / "anchor").read_bytes(), phone.keystore, phone.workspace)
        for mark in ({"seq": phone.state["head"]["seq"] + 1}, {"hash": "00" * 32, "anchor_id": "00" * 16}):
            self.refused(phone.open, state=phone.state | {"head": phone.state["head"] | mark})

    def test_what_was_purged_or_shredded_opens_from_no_older_file(self):
        phone = self.phone
        before = tables((phone.directory / "before" / "vault.db").read_bytes())
        ids = {row[1].hex() for row in before["heads"]}
        self.assertLessEqual(set(phone.expected["gone"]), ids, "they were there")
        self.assertFalse(set(phone.expected["gone"]) & {row[1].hex() for row in phone.rows["heads"]})
        old_lanes = {lane: wrapped for lane, wrapped, _ in before["lanes"]}
        self.assertIn(bytes.fromhex(phone.expected["shredded_patient"]), old_lanes)
        # ROOT is still the same and every key that the phone has is at hand: the epoch's is gone.
        for lane, wrapped in old_lanes.items():
            self.refused(phone.vault.keys.lane, lane, wrapped)
            epochs = [alias for alias in phone.keys if ".epoch-" in alias]
            self.assertEqual(epochs, [f"{phone.workspace}.epoch-{phone.state['epoch']}"])
        for path in phone.directory.rglob("*"):
            if path.is_file() and path.name != "expected.json":
                for text in [*phone.expected["gone"].values(), *phone.expected["texts"].values()]:
                    self.assertNotIn(text.encode(), path.read_bytes(), path)

    def test_the_journal_holds_from_its_first_key_to_the_anchor(self):
        phone, log = self.phone, self.phone.vault.log
        self.assertEqual([sealed["entry"] for sealed in log], phone.expected["vault"]["journal"])
        mark = phone.state["journal"]
        self.assertEqual((len(log), root_of(list(map(leaf, log))).hex()), (mark["size"], mark["root"]))
        key = verify_log(phone.first_key, log, mark["epoch"], mark["seal"])
        self.assertEqual(key.key.hex(), mark["key"])
        segment = phone.state["segment"]["entries"]
        self.assertEqual(len(segment), 1)
        for number, sealed in enumerate(segment):
            entry = strict_json(sealed["entry"])
            at = verify_log(phone.first_key, log, entry["epoch"], entry["seal"])
            check_mac(at.key, sealed, entry, number)
        pseudonyms = {phone.vault.keys.pseudonym(bytes.fromhex(id)).hex() for id in phone.expected["patients"].values()}
        named = {strict_json(sealed["entry"]).get("patient") for sealed in log}
        self.assertLessEqual(pseudonyms, named)

    def test_a_changed_journal_is_refused(self):
        phone, log, mark = self.phone, self.phone.vault.log, self.phone.state["journal"]
        for number in range(len(log)):
            for bad in (
                log[:number] + log[number + 1 :],
                log[:number] + [{"entry": log[number]["entry"] + " ", "mac": log[number]["mac"]}] + log[number + 1 :],
            ):
                if bad == log[:-1]:
                    # The end may be withheld, and the size then says so.
                    self.assertNotEqual(len(bad), mark["size"])
                else:
                    self.refused(verify_log, phone.first_key, bad, mark["epoch"], mark["seal"])
        self.refused(verify_log, bytes(32), log, mark["epoch"], mark["seal"])

    def test_the_documents_are_signed_by_those_who_may(self):
        phone = self.phone
        enrolment = strict_json(payload(phone.files["enrolment.jws"]))
        roles, trust = enrolment["roles"], strict_json(phone.state["trust"])
        verify_jws(phone.files["enrolment.jws"], "curtain-enrolment", roles["root"]["keys"], roles["root"]["threshold"])
        verify_jws(self.document(), "curtain-policy", roles["policy"]["keys"], roles["policy"]["threshold"])
        self.refused(verify_jws, self.document(), "curtain-policy", roles["root"]["keys"])
        self.refused(verify_jws, self.document(), "curtain-lease", roles["policy"]["keys"])
        self.assertEqual(trust["enrolled"]["hash"], H(payload(phone.files["enrolment.jws"])).hex())
        self.assertEqual(trust["policy"]["hash"], H(payload(self.document())).hex())
        self.assertEqual((trust["workspace"], trust["roles"]), (phone.workspace, roles))

    def test_the_checkpoint_is_the_anchors(self):
        phone = self.phone
        read = verify_jws(phone.files["checkpoint.jws"], "curtain-checkpoint", [phone.jwk])
        mark = phone.state["journal"]
        self.assertEqual([read[name] for name in ("size", "root")], [mark[name] for name in ("size", "root")])
        self.assertEqual((read["segment_length"], read["segment_hash"]), (0, root_of([]).hex()))
        verify_log(phone.first_key, phone.vault.log, read["epoch"], read["seal"])
        document = phone.files["checkpoint.jws"]
        for at in range(len(document)):
            self.refused(verify_jws, flipped(document, at), "curtain-checkpoint", [phone.jwk])

    def test_the_journals_export_is_the_log_of_its_day(self):
        phone = self.phone
        lines = open_age((phone.directory / "journal.age").read_bytes(), phone.secret).split(b"\n")
        log = [strict_json(line, "entry mac") for line in lines]
        self.assertEqual(log, phone.vault.log[: len(log)])

    def test_the_export_is_signed_inside(self):
        phone = self.phone
        export = strict_json(open_age((phone.directory / "patient.age").read_bytes(), phone.secret))
        self.assertEqual(set(export), {"bundle", "chart", "manifest"})
        manifest = verify_jws(export["manifest"].encode(), "curtain-manifest", [phone.jwk])
        self.assertEqual(manifest["bundle"], H(export["bundle"].encode()).hex())
        self.assertEqual(manifest["chart"], H(export["chart"].encode()).hex())
        self.assertEqual(json.loads(export["bundle"])["resourceType"], "Bundle")
        self.refused(open_age, (phone.directory / "patient.age").read_bytes(), bytes(31) + b"\x40")

    def test_a_wipe_leaves_its_tombstone_and_a_signed_receipt(self):
        phone, wiped = self.phone, self.phone.directory / "wiped"
        keys = {path.name: path.read_bytes() for path in wiped.iterdir() if path.name.startswith(phone.workspace)}
        self.assertEqual(len(keys), 2, "the anchor's and the one that signs")
        state = anchor((wiped / "anchor").read_bytes(), Keystore(keys), phone.workspace)
        tomb = state["tombstone"]
        receipt = verify_jws((wiped / "receipt.jws").read_bytes(), "curtain-receipt", [phone.jwk])
        self.assertEqual((tomb["cause"], tomb["phase"], receipt["cause"]), ("departure", "receipted", "departure"))
        for name in ("journal_size", "journal_root", "keys_deleted", "started_ms", "finished_ms"):
            self.assertEqual(tomb[name], receipt[name])
        self.assertEqual((dict(tomb["counts"]), receipt["order"]), (receipt["counts"], None))
        policy = json.loads(state["trust"])["policy"]
        self.assertEqual((receipt["policy"], receipt["policy_version"]), (policy["hash"], policy["version"]))
        self.assertEqual(receipt["residue"], {"files": 0, "keys": 0})
        self.assertEqual(receipt["method"], "cryptographic erase + file removal")


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def changed(rows, table, number, column, value):
    other = {name: [list(row) for row in found] for name, found in rows.items()}
    other[table][number][column] = value
    return other


def main():
    directories, failed, passed = [Path(word).resolve() for word in sys.argv[1:]], 0, 0
    if not directories:
        sys.exit("read.py DIRECTORY…")
    for directory in directories:
        case = type(f"Read_{directory.name}", (Read,), {"directory": directory})
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(case))
        bad = len(result.failures) + len(result.errors)
        failed, passed = failed + bad, passed + result.testsRun - bad
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
