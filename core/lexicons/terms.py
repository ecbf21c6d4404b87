"""How a term is read, what makes it ordinary, and what another term already says."""

import gzip
import io
import re
import unicodedata

# What the screener strips after an apostrophe (core/src/screen/text/builder.rs).
SUFFIXES = {"s", "ll", "re", "ve", "m", "d"}
GLUE = "-/.&_*+"
LONGEST = 6


def fold(text):
    """The words of a term as the screener folds them, or None if it would not read them as one phrase."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = re.sub(r"(?<=[a-z])'(\w+)", lambda m: "" if m[1] in SUFFIXES else m[1], text)
    if not text.isascii() or re.search(r"[^a-z0-9\s" + re.escape(GLUE) + "]", text):
        return None
    words = []
    for word in re.split(r"[\s" + re.escape(GLUE) + "]+", text.strip(" \t" + GLUE)):
        seam = re.fullmatch(r"(\d+)([a-z]+)", word)
        words.extend(seam.groups() if seam else [word])
    return tuple(words) if all(words) and 0 < len(words) <= LONGEST else None


def forms(word):
    """A word as it stands, then without a plural ending, as `forms` of core/src/screen/lexicon/phrases.rs."""
    yield word
    if len(word) > 4:
        if word.endswith("s"):
            yield word[:-1]
        if word.endswith("es"):
            yield word[:-2]


def unpack(data):
    """The value of a MessagePack document of arrays, maps, strings and small integers (spec of msgpack, 2013)."""
    stream = io.BytesIO(data)

    def number(size):
        return int.from_bytes(stream.read(size), "big")

    def value():
        tag = number(1)
        if tag <= 0x7F:
            return tag
        if tag <= 0x8F:
            return {value(): value() for _ in range(tag & 0x0F)}
        if tag <= 0x9F:
            return [value() for _ in range(tag & 0x0F)]
        if tag <= 0xBF:
            return stream.read(tag & 0x1F).decode()
        if tag in (0xD9, 0xDA, 0xDB):
            return stream.read(number(1 << tag - 0xD9)).decode()
        if tag in (0xDC, 0xDD):
            return [value() for _ in range(number(2 << tag - 0xDC))]
        if tag in (0xCC, 0xCD, 0xCE):
            return number(1 << tag - 0xCC)
        raise ValueError(f"unexpected tag {tag:#x}")

    return value()


class Ordinary:
    """How common a word is in ordinary English and Spanish: Zipf value, 3 is once in a million words."""

    def __init__(self, wheel):
        self.zipf = {}
        for language in ("en", "es"):
            packed = gzip.decompress(wheel.read(f"wordfreq/data/large_{language}.msgpack.gz"))
            for centibels, words in enumerate(unpack(packed)[1:]):
                for word in words:
                    folded = fold(word)
                    if folded and len(folded) == 1:
                        self.zipf[folded[0]] = max(self.zipf.get(folded[0], 0), 9 - centibels / 100)

    def of(self, word):
        return max(self.zipf.get(form, 0) for form in forms(word))

    def least(self, words):
        """The Zipf value of the rarest word of a phrase."""
        return min(self.of(word) for word in words)


# Endings that core/src/screen/clinical/mod.rs reads by rule; terms.rs has a test that it still does.
ENDINGS = {
    "medication": (
        "pril sartan statin olol conazole prazole cillin mycin micin floxacin cycline tinib zumab ximab mumab gliptin "
        "gliflozin glutide dipine azepam azolam parin xaban triptan setron oxetine barbital caine ciclovir profen thiazide"
    ).split(),
    "procedure": "ectomy oscopy otomy plasty ostomy ectomia oscopia".split(),
    "diagnosis": "itis oma emia aemia osis pathy algia plegia iasis".split(),
}


def by_ending(word, kind):
    """Whether the screener knows a word of this kind by its ending alone."""
    stem = word[:-1] if word.endswith("s") and not word.endswith(("si", "ti")) else word
    return 7 <= len(stem) <= 40 and any(stem.endswith(e) or word.endswith(e) for e in ENDINGS.get(kind, ()))


# Classes that weigh the same in a verdict: one of them inside a longer term is enough.
LIKE = {
    "medication": ("medication",),
    "diagnosis": ("diagnosis", "symptom"),
    "symptom": ("symptom", "diagnosis"),
    "procedure": ("procedure", "test_name"),
    "test_name": ("test_name", "procedure"),
}


class Absorber:
    """Leaves out what a shorter term, a curated word or an ending already says with the same class and topic."""

    def __init__(self, curated):
        # (words) -> set of class names; curated words go first in the screener.
        self.known = {words: set(classes) for words, classes in curated.items()}

    def parts(self, words, proper):
        for size in range(1, len(words) + (0 if proper else 1)):
            for at in range(len(words) - size + 1):
                yield words[at : at + size]

    @staticmethod
    def covers(classes, kind, topics):
        """Whether classes tell at least what a term of this kind would: a sensitive topic tells more than a diagnosis."""
        if not set(topics) <= classes:
            return False
        return any(f"clinical.{like}" in classes for like in LIKE[kind]) or any(c.startswith("sensitive.") for c in classes)

    def says(self, words, kind, topics, proper=False):
        """Whether some part of a term is known under its class and with its topics."""
        for part in self.parts(words, proper):
            if not topics and len(part) == 1 and by_ending(part[0], kind):
                return True
            spellings = [part, *((*part[:-1], form) for form in forms(part[-1]))]
            if any(self.covers(self.known.get(tuple(spelling), set()), kind, topics) for spelling in spellings):
                return True
        return False

    def add(self, words, kind, topics):
        self.known.setdefault(words, set()).update({f"clinical.{kind}", *topics})


def curated(paths):
    """The reviewed words of core/src/screen/words: folded words -> classes. Weak and capital-only words count for nothing."""
    known = {}
    for path in paths:
        classes = set()
        for line in path.read_text("utf8").splitlines():
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("["):
                classes = set(line.strip("[]").split())
                continue
            for entry in line.split(","):
                entry = entry.strip()
                words = None if entry.endswith("?") or entry.startswith("^") else fold(entry)
                if words:
                    known.setdefault(words, set()).update(classes)
    return known


def weak(paths):
    """Words that the reviewed files call weak or read in capitals only: no list may make them strong."""
    found = set()
    for path in paths:
        for line in path.read_text("utf8").splitlines():
            if line.strip() and line.strip()[0] not in "#[":
                for entry in (e.strip() for e in line.split(",")):
                    words = fold(entry.strip("?^")) if entry.endswith("?") or entry.startswith("^") else None
                    if words:
                        found.add(words)
    return found


def alternatives(pattern):
    """Every reading of "{neck|back} {pain|ache}", left to right."""
    at = pattern.find("{")
    if at < 0:
        yield " ".join(pattern.split())
        return
    end = pattern.index("}", at)
    for choice in pattern[at + 1 : end].split("|"):
        yield from alternatives(pattern[:at] + choice + pattern[end + 1 :])


def own(path):
    """A list written by hand: terms between commas, {a|b} for alternatives, [topic] opens a section; (term, topics)."""
    topics = ()
    for line in path.read_text("utf8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            topics = tuple(line.strip("[]").split())
            continue
        for entry in line.split(","):
            for term in alternatives(entry.strip()):
                if term:
                    yield term, topics
