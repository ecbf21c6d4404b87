"""The teacher: a pretrained sentence encoder (all-MiniLM-L6-v2, Apache-2.0) with a head of ours. It never ships.

Shapes: B texts, T tokens, 384 wide, 6 layers of 12 heads; out of it come a score (logistics or not) and 4 logits of kinds.
"""

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import numpy_helper

HEADS, FROZEN = 12, 3


def load(path):
    """The encoder's weights, as a dictionary of arrays."""
    graph = onnx.load(path).graph
    init = {i.name: jnp.array(numpy_helper.to_array(i)) for i in graph.initializer}
    # The matrices have no names of their own: query, key, value, output, intermediate, down, layer by layer.
    products = [init[name] for node in graph.node if node.op_type == "MatMul" for name in node.input if name in init]
    names = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense")
    layers = []
    for at in range(len(products) // 6):
        own = lambda name: init[f"encoder.layer.{at}.{name}"]
        layer = {short: (products[6 * at + i], own(f"{name}.bias")) for i, (short, name) in enumerate(zip("qkvoid", names))}
        for short, name in (("after_attention", "attention.output"), ("after_dense", "output")):
            layer[short] = (own(f"{name}.LayerNorm.weight"), own(f"{name}.LayerNorm.bias"))
        layers.append(layer)
    part = lambda name: init[f"embeddings.{name}.weight"]
    return {"word": part("word_embeddings"), "place": part("position_embeddings"), "type": part("token_type_embeddings")[0], "norm": (part("LayerNorm"), init["embeddings.LayerNorm.bias"]), "layers": layers}


def norm(x, weights):
    x = x - x.mean(-1, keepdims=True)
    return x / jnp.sqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-12) * weights[0] + weights[1]


def drop(x, key, rate=0.1):
    return x if key is None else x * jax.random.bernoulli(key, 1 - rate, x.shape) / (1 - rate)


def run(p, x, there, key):
    """One layer. `there`: B, T, 1 where a token is."""
    batch, length, width = x.shape
    keys = (None, None) if key is None else jax.random.split(key)
    times = lambda x, name: x @ p[name][0] + p[name][1]
    split = lambda x: x.reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)
    q, k, v = (split(times(x, name)) for name in "qkv")
    attention = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(width // HEADS) + (1 - there)[:, None, None, :] * -1e4, -1)
    y = times((attention @ v).transpose(0, 2, 1, 3).reshape(x.shape), "o")
    x = norm(x + drop(y, keys[0]), p["after_attention"])
    return norm(x + drop(times(jax.nn.gelu(times(x, "i")), "d"), keys[1]), p["after_dense"])


def lower(p, tokens, there):
    """What is not trained: the embeddings and the first layers."""
    x = norm(p["word"][tokens] + p["place"][: tokens.shape[1]] + p["type"], p["norm"])
    for layer in p["layers"][:FROZEN]:
        x = run(layer, x, there, None)
    return x


def upper(p, x, there, key=None):
    """What is trained: the last layers and the head, over mean and maximum of the tokens."""
    for i, layer in enumerate(p["layers"]):
        x = run(layer, x, there, None if key is None else jax.random.fold_in(key, i))
    mask = there[..., None]
    read = jnp.concatenate([(x * mask).sum(1) / mask.sum(1), jnp.where(mask > 0, x, -1e4).max(1)], -1)
    return read @ p["weight"] + p["offset"]


def loss(p, x, there, kinds, counts, key):
    """kinds: 0 logistics, else what a text is instead; counts: 1, or 0 for a row that only fills the batch."""
    out = upper(p, x, there, key)
    wrong = jnp.where(kinds == 0, jax.nn.softplus(-out[:, 0]), jax.nn.softplus(out[:, 0]))
    named = -jnp.take_along_axis(jax.nn.log_softmax(out[:, 1:]), kinds[:, None], 1)[:, 0]
    return ((wrong + 0.5 * named) * counts).sum() / counts.sum()
