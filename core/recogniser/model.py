"""The recogniser's network: the words of a text in, one number out; trained in floats, shipped in integers.

Shapes: S sentences of a batch, L words, B texts, D depth, F filters of each width. `src/screen/intent/recogniser.rs` is its twin.
"""

import struct

import jax
import jax.numpy as jnp
import numpy as np

WIDTHS = (1, 3, 5)
WORDS, PIECES = 40, 24
CLIP = 2.0  # a row's values lie in [-CLIP, CLIP], so that i8 holds them
ROW_SCALE = 127 / CLIP
SUM_BITS = 26
SURE, LESSON = 5.0, 0.1


def fnv(data: bytes) -> int:
    """FNV-1a, 32 bits."""
    h = 0x811C9DC5
    for b in data:
        h = ((h ^ b) * 0x01000193) & 0xFFFFFFFF
    return h


def pieces_of(word: str, count: int) -> list[int]:
    """Rows of the 3- and 4-byte pieces of a word, at most PIECES."""
    b = b"<" + word.encode()[:24] + b">"
    grams = [b[i : i + n] for n in (3, 4) for i in range(len(b) - n + 1)]
    return [fnv(g) & (count - 1) for g in grams[:PIECES]]


def init(rng, rows, filters, pieces):
    """Random weights around the given rows; a dictionary of arrays."""
    depth = rows.shape[1]
    draw = lambda *s: jnp.array(rng.normal(0, 1 / np.sqrt(np.prod(s[:-1])), s).astype(np.float32))
    p = {"rows": jnp.array(rows), "pieces": jnp.array(rng.normal(0, 0.05, (pieces, depth)).astype(np.float32))}
    for w in WIDTHS:
        p[f"filter{w}"] = draw(w, depth, filters)
    p["bias"] = jnp.zeros(len(WIDTHS) * filters)
    p["weight"] = draw(len(WIDTHS) * filters, 1)[:, 0]
    p["offset"] = jnp.zeros(())
    p["kinds"] = draw(len(WIDTHS) * filters, 4)
    p["kinds_offset"] = jnp.zeros(4)
    return p


def rows_of(p, table, words, key=None):
    """A row for each word: its own, or out of its pieces. `table` has for each distinct word its row or -1, its kind of unknown, its pieces."""
    known, unknown, parts = table["row"][words], table["unknown"][words], table["pieces"][words]
    spelled = (p["pieces"][parts] * (parts >= 0)[..., None]).sum(-2) / 4
    spelled = jnp.clip(spelled + p["rows"][unknown], -CLIP, CLIP)
    use = known >= 0
    if key is not None:
        use = use & jax.random.bernoulli(key, 0.93, words.shape)
    return jnp.where(use[..., None], jnp.clip(p["rows"][jnp.maximum(known, 0)], -CLIP, CLIP), spelled)


def scores(p, table, words, text, texts, key=None):
    """Each text's score and its kinds' logits. words: S, L, 0 is none; text: S, which of `texts` a sentence is of."""
    there = (words > 0)[..., None]
    keys = jax.random.split(key, 4) if key is not None else [None] * 4
    e = rows_of(p, table, words, keys[0])
    if key is not None:
        e = e * jax.random.bernoulli(keys[1], 0.94, words.shape)[..., None]
        e = e * jax.random.bernoulli(keys[2], 0.88, e.shape) / 0.88
    e = e * there
    maxima = []
    for w in WIDTHS:
        y = jax.lax.conv_general_dilated(e, p[f"filter{w}"], (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
        maxima.append(jnp.where(there, y, -1e4).max(1))
    m = jax.ops.segment_max(jnp.concatenate(maxima, -1), text, num_segments=texts + 1)[:texts]
    h = jax.nn.relu(m + p["bias"])
    if key is not None:
        h = h * jax.random.bernoulli(keys[3], 0.65, (h.shape[-1],)) / 0.65
    return h @ p["weight"] + p["offset"], h @ p["kinds"] + p["kinds_offset"]


def loss(p, table, words, text, kinds, taught, key):
    """kinds: 0 logistics, else what a text is instead; taught: the teacher's scores of the texts behind those."""
    z, k = scores(p, table, words, text, len(kinds) + len(taught), key)
    z, lesson, k = z[: len(kinds)], z[len(kinds) :], k[: len(kinds)]
    wrong = jnp.where(kinds == 0, jax.nn.softplus(-z), jax.nn.softplus(z))
    named = -jnp.take_along_axis(jax.nn.log_softmax(k), kinds[:, None], 1)[:, 0]
    error = lesson - jnp.clip(taught, -SURE, SURE)
    # Where the teacher is sure, more is as good.
    error = jnp.where(taught >= SURE, jnp.minimum(error, 0), jnp.where(taught <= -SURE, jnp.maximum(error, 0), error))
    return (wrong + 0.5 * named).mean() + LESSON * jnp.square(error).sum() / max(len(taught), 1)


def quantised(p):
    """The integers that ship."""
    q = {"rows": np.round(np.clip(p["rows"], -CLIP, CLIP) * ROW_SCALE).astype(np.int8)}
    q["pieces"] = np.round(np.clip(p["pieces"] * ROW_SCALE, -127, 127)).astype(np.int8)
    units = []
    for w in WIDTHS:
        f = p[f"filter{w}"].transpose(2, 0, 1)  # F, w, D
        top = np.abs(f).max((1, 2)) + 1e-9
        q[f"filter{w}"] = np.round(f / top[:, None, None] * 127).astype(np.int8)
        units.append(top / 127 / ROW_SCALE)
    unit = np.concatenate(units)
    q["bias"] = np.round(p["bias"] / unit).astype(np.int32)
    q["weight"] = np.round(p["weight"] * unit * 2**SUM_BITS).astype(np.int32)
    q["offset"] = float(p["offset"])
    return q


def packed(q, keys, threshold: float) -> bytes:
    """`recogniser.bin`: counts, threshold, sorted keys, rows in their order, pieces, filters, biases, weights; little-endian."""
    order = np.argsort(np.array(keys, np.uint64))
    rows = np.concatenate([q["rows"][order], q["rows"][len(keys) :]])
    out = struct.pack("<IIII", rows.shape[1], q["filter1"].shape[0], len(keys), len(q["pieces"]))
    out += struct.pack("<q", round((threshold - q["offset"]) * 2**SUM_BITS))
    out += np.array(keys, "<u4")[order].tobytes() + rows.tobytes() + q["pieces"].tobytes()
    for w in WIDTHS:
        out += q[f"filter{w}"].tobytes()
    return out + q["bias"].astype("<i4").tobytes() + q["weight"].astype("<i4").tobytes()
