#!/usr/bin/env python3
"""Whether our compiled code uses only documented Android: android/documented.py R8.jar LIBRARIES CLASSES...

android-all, which the code is compiled against, shows hidden APIs too. R8 carries the list of the public SDK (what the SDK's
api-versions.xml says, inherited members included) with the level at which each thing came. Every android.* class, method and
field that a class file of ours names must stand in it, at a level of at most 35; so must what a class of ours inherits from the framework,
directly or through the class files under LIBRARIES. What came after 28 is printed: it must stand
behind a version check. A method known to be hidden must be missing in the list, and one known to be documented must stand in it.
"""
import struct
import sys
import zipfile
from pathlib import Path

TARGET, LEAST = 35, 28
HIDDEN = ("android/os/SystemProperties", "get", "(Ljava/lang/String;)Ljava/lang/String;")
KNOWN = ("android/app/Activity", "onBackPressed", "()V")


def database(jar):
    """Every documented type, field and method, each with its level. The format is that of R8 9.5.28."""
    data = zipfile.ZipFile(jar).read("resources/api_database.ser")
    assert data[:18] == b"r8-apidatabase\0\0\0\1", "another format: look at R8's AndroidApiDataAccess"
    count = struct.unpack_from(">I", data, 18)[0]
    levels_at = 22 + 6 * count + (6 << 17)
    payload = data[levels_at + (6 << 18):]
    strings = [payload[at:at + size - 1].decode() for at, size in struct.iter_unpack(">IH", data[22:22 + 6 * count])]
    found = {}
    for at, size in struct.iter_unpack(">IH", data[levels_at:levels_at + (6 << 18)]):
        end = at + size
        while at < end:
            length = struct.unpack_from(">H", payload, at)[0]
            # The last bit of the level is for minor releases.
            kind, level = payload[at + 2], payload[at + 2 + length] >> 1
            ids = [strings[i] for i, in struct.iter_unpack(">H", payload[at + 3:at + 2 + length])]
            owner = ids[0][1:-1]
            # 0 is a type, 1 a field, which has no type here, 2 a method.
            key = (owner, *ids[1:2]) if kind < 2 else (owner, ids[1], f"({''.join(ids[2:-1])}){ids[-1]}")
            found[key] = level
            at += 3 + length
    return found


def names(code):
    """The class's name, its super class and interfaces, and every (class,), (class, field) or (class, method, type) that it names."""
    pool, at, index = {}, 10, 1
    size = struct.unpack_from(">H", code, 8)[0]
    while index < size:
        tag = code[at]
        if tag == 1:
            length = struct.unpack_from(">H", code, at + 1)[0]
            pool[index] = (tag, code[at + 3:at + 3 + length].decode("utf-8", "replace"))
            at += 3 + length
        else:
            width = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 15: 3, 16: 2, 19: 2, 20: 2}.get(tag, 4)
            pool[index] = (tag, *struct.unpack_from(">HH" if width == 4 else ">H", code, at + 1))
            at += 1 + width
            index += tag in (5, 6)
        index += 1
    _, this, parent, interfaces = struct.unpack_from(">HHHH", code, at)
    above = [parent, *struct.unpack_from(f">{interfaces}H", code, at + 8)]
    text = lambda i: pool[pool[i][1]][1]
    used = {(text(i),) for i, e in pool.items() if e[0] == 7}
    for entry in pool.values():
        if entry[0] in (9, 10, 11):
            _, member, of = pool[entry[2]]
            used.add((text(entry[1]), pool[member][1], *[pool[of][1]] * (entry[0] != 9)))
    return text(this), [text(i) for i in above if i], used


def main():
    documented = database(sys.argv[1])
    if HIDDEN in documented or HIDDEN[:1] in documented or documented.get(KNOWN) is None:
        sys.exit("0 passed, 1 failed: this is not the list of documented APIs")
    above, used = {}, {}
    for root in sys.argv[3:]:
        for file in sorted(Path(root).rglob("*.class")):
            name, parents, refs = names(file.read_bytes())
            above[name] = parents
            for ref in refs:
                used.setdefault(ref, name)

    def framework(owner):
        """The framework's classes that a class of ours is, itself or by what it extends."""
        if owner.startswith("android/"):
            return [owner]
        library = Path(sys.argv[2], owner + ".class")
        if owner not in above:
            above[owner] = names(library.read_bytes())[1] if library.is_file() else []
        return [f for parent in above[owner] for f in framework(parent)]

    refused, late, checked = [], [], 0
    for ref, user in sorted(used.items()):
        if ref[0].startswith("["):
            continue
        owners = framework(ref[0]) if len(ref) > 1 else [ref[0]] * ref[0].startswith("android/")
        if not owners or (len(ref) > 1 and not ref[0].startswith("android/") and ref[1] == "<init>"):
            continue
        level = min((documented[(o, *ref[1:])] for o in owners if (o, *ref[1:]) in documented), default=None)
        if level is None and not ref[0].startswith("android/"):
            continue  # a member of ours or of a library, in a class that extends the framework's
        checked += 1
        if level is None or level > TARGET:
            refused.append((ref, user))
        elif level > LEAST:
            late.append((level, ref, user))
    for level, ref, user in sorted(late):
        print(f"since {level}: {' '.join(ref)} in {user}")
    for ref, user in refused:
        print(f"not documented: {' '.join(ref)} in {user}")
    if checked < 100:
        print(f"only {checked} names of the framework were found")
    print(f"{checked - len(refused)} names of the framework are documented")
    print("0 passed, 1 failed" if refused or checked < 100 else "1 passed, 0 failed")
    sys.exit(bool(refused) or checked < 100)


main()
