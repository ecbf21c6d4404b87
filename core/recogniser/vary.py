"""Texts without a label, near the open ones, for the teacher to score (Tang et al., "Distilling Task-Specific Knowledge from
BERT into Simple Neural Networks", 2019): words give way to their neighbours, sentences leave or come from elsewhere."""

import re

import numpy as np

NEAR = 12


def sentences(text):
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]


def neighbours(texts, words, vectors):
    """For each word of the texts the words that stand nearest to it."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rank = {w: i for i, w in enumerate(words)}
    asked = sorted({w for t in texts for w in re.findall(r"[a-z']+", t.lower()) if w in rank and len(w) > 2})
    near = {}
    for start in range(0, len(asked), 512):
        part = asked[start : start + 512]
        alike = unit[[rank[w] for w in part]] @ unit.T
        for w, best in zip(part, np.argpartition(-alike, NEAR + 1, axis=1)[:, : NEAR + 1]):
            near[w] = [words[i] for i in best if words[i] != w and words[i].isalpha()]
    return near


def variations(texts, words, vectors, rng):
    """Three variations of each text, in any order."""
    near = neighbours(texts, words, vectors)
    pool = [s for t in texts for s in sentences(t) if 2 <= len(s.split()) <= 30]

    def swapped(text, share):
        def other(match):
            word, choices = match[0], near.get(match[0].lower())
            if not choices or rng.random() >= share:
                return word
            new = str(rng.choice(choices))
            return new.capitalize() if word[0].isupper() else new

        return re.sub(r"[A-Za-z']+", other, text)

    out = []
    for text in texts:
        out += [swapped(text, 0.15), swapped(text, 0.35)]
        parts, tokens, way = sentences(text), text.split(), rng.random()
        if len(parts) > 1 and way < 0.4:
            del parts[rng.integers(len(parts))]
            out.append(" ".join(parts))
        elif way < 0.7:
            parts.append(pool[rng.integers(len(pool))])
            out.append(" ".join(parts[i] for i in rng.permutation(len(parts))))
        elif len(tokens) > 5:
            first = rng.integers(len(tokens) - 3)
            out.append(" ".join(tokens[first : rng.integers(first + 3, len(tokens) + 1)]))
    rng.shuffle(out)
    return [t for t in out if 2 <= len(t.split()) <= 60 and "\n" not in t]
