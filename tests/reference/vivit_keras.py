"""The keras.io ViViT on Keras 3 with JAX, as the independent implementation that the Rust model is held to.

Run from anywhere; writes `tests/fixtures/vivit_small.npz` and `tests/fixtures/vivit_baseline_logits.json`:

    python -m venv venv && venv/bin/pip install keras==3.15.1 jax==0.10.2 numpy
    venv/bin/python tests/reference/vivit_keras.py

The graph is the example's (current revision of https://keras.io/examples/vision/vivit/): Conv3D with "valid" padding and stride =
kernel, tokens in row-major (depth, height, width) order, plus learned positions; then pre-norm blocks of LayerNormalization(1e-6)
-> MultiHeadAttention (biases on query, key, value and output; dropout 0.1 on the probabilities, off here) -> residual ->
LayerNormalization(1e-6) -> Dense(mlp), GELU -> Dense(dim), GELU AGAIN -> residual; then LayerNormalization(1e-6) -> mean over the
tokens -> Dense(classes). GELU is `keras.ops.gelu`, whose default is the tanh form. Voxels are uint8 / 255.

All figures are Keras' own in float32, with dropout off. Before anything is written the script asserts that the same graph spelled
out in a few lines of float64 (`spelled_out`) agrees with them: logits, loss and every gradient to 1e-5. That function's gradient is
in turn checked by a finite difference.


vivit_small.npz
---------------
Volumes of 20x20x20x1, tubelet 8x8x8 (a grid of 2x2x2 = 8 tokens; the last 4 voxels of each axis are never seen), dim 16, 4 heads,
2 blocks, mlp 32, 3 classes, batch 3. Every weight is random and non-trivial, the biases, gammas, betas and positions too. All arrays
are float32 in C order but for `volumes` and `labels`.

    volumes                                 uint8 [3, 20, 20, 20, 1]
    labels                                  uint8 [3]
    logits                                  [3, 3]
    loss                                    [1]     mean cross-entropy of the logits over the batch

and for every weight NAME below, shaped exactly as Keras stores it, `NAME` itself, `grad.NAME` (the gradient of `loss`) and
`adamw.after.NAME` (the weight after the three steps of AdamW):

    embedding.kernel                        [8, 8, 8, 1, 16]    (depth, height, width, channels in, dim)
    embedding.bias                          [16]
    positions                               [8, 16]             (token, dim)
    block{0,1}.norm1.gamma, .beta           [16]
    block{0,1}.attention.query.kernel       [16, 4, 4]          (dim, heads, head dim); the same for key and value
    block{0,1}.attention.query.bias         [4, 4]              (heads, head dim); the same for key and value
    block{0,1}.attention.output.kernel      [4, 4, 16]          (heads, head dim, dim)
    block{0,1}.attention.output.bias        [16]
    block{0,1}.norm2.gamma, .beta           [16]
    block{0,1}.mlp.dense1.kernel, .bias     [16, 32], [32]      (in, out)
    block{0,1}.mlp.dense2.kernel, .bias     [32, 16], [16]
    norm.gamma, .beta                       [16]
    head.kernel, .bias                      [16, 3], [3]

The softmax does not see a shift of all keys, so the gradient of `attention.key.bias` is nothing but rounding (here 1e-8). Adam
divides noise by its own size: compare `adamw.after` of those two weights only to within the sum of the rates, 3e-3.

    adamw.losses                            [4]     before steps 1, 2 and 3, and after step 3 (the first is `loss`)
    adamw.losses_keras                      [4]     the same with keras.optimizers.AdamW, for the record

Three full-batch steps, learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-7, weight decay 1e-2 on every weight.
`adamw.losses` and `adamw.after` are a plain NumPy AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2) on the JAX gradients:

    m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  mh = m / (1 - b1^t);  vh = v / (1 - b2^t)
    p = p - lr wd p - lr mh / (sqrt(vh) + epsilon)

In the paper the decay is multiplied by the schedule alone; PyTorch, Burn 0.22.1 and Keras all multiply it by the learning rate as
well, and so does this. Where they differ:

- order: PyTorch and Burn decay the parameter first, then subtract the Adam step; Keras does too (`_apply_weight_decay` assigns
  p - p wd lr before `update_step`). The Adam step does not read p, so the order changes nothing but rounding.
- epsilon: the text book's, PyTorch's and Burn's stands beside sqrt(vh), after the bias correction. Keras takes the paper's
  "epsilon hat": p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon), with the correction folded into the rate. In the text
  book's terms Keras' epsilon is epsilon / sqrt(1 - b2^t): 32 times larger at the first step, equal in the end. It matters only for
  gradients not far above 1e-6.

Gradients in float64 instead of float32 move the losses by 2e-7 and the weights by 4e-7, Keras' epsilon moves the weights by 3e-4:
a tolerance of 1e-5 tells an implementation with the text book's epsilon from one with Keras'.


vivit_baseline_logits.json
--------------------------
The baseline at full size (28x28x28x1, tubelet 8, dim 128, 8 heads, 8 blocks, mlp 512, 11 classes; 1,656,971 parameters, asserted),
batch 2, logits only: weights and volumes come from an integer formula. All of it is u32 arithmetic that wraps:

    mix(i, c):  x = i + c * 0x9E3779B9;  x ^= x >> 16;  x *= 0x7FEB352D;  x ^= x >> 15;  x *= 0x846CA68B;  x ^= x >> 16
    unit(i, c) = 2 * ((mix(i, c) >> 8) / 2^24) - 1                          in [-1, 1), exact in float32
    weight[i]  = offset + scale * unit(i, c)                                in float32; scale is a power of two
    volume[i]  = (mix(i, 1000) >> 24) >> (mix(i / 784, 1001) & 3)           uint8; i over the whole batch [2, 28, 28, 28, 1]

where i is the index of the element in C order in Keras' own shape, c the number of the tensor in `tensors` (from 0), and i / 784 the
number of the slice. `tensors` lists name (as above), shape, scale, offset and the first two values of every tensor; `volume_first`
the first eight voxels, `volume_sum` the sum over all; `logits` is [2][11], and `parameters` the number of parameters.
"""

import json
import math
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, ops

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
SMALL = dict(edge=20, dim=16, heads=4, blocks=2, mlp=32, classes=3)
BASELINE = dict(edge=28, dim=128, heads=8, blocks=8, mlp=512, classes=11)
TUBELET = 8
EPSILON = 1e-6
ADAMW = dict(learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=1e-2)
STEPS = 3


class PositionalEncoder(layers.Layer):
    """The example's: a learned vector for each token, added."""

    def build(self, input_shape):
        _, tokens, dim = input_shape
        self.position_embedding = layers.Embedding(input_dim=tokens, output_dim=dim)
        self.position_embedding.build((tokens,))
        self.positions = ops.arange(tokens)

    def call(self, tokens):
        return tokens + self.position_embedding(self.positions)


def create(edge, dim, heads, blocks, mlp, classes):
    """The example's functional model, and its variables by our plain names, in the order of the graph."""
    names = {}
    note = lambda name, variables: names.update(zip(name, variables, strict=True))

    inputs = layers.Input((edge, edge, edge, 1))
    projection = layers.Conv3D(dim, (TUBELET,) * 3, strides=(TUBELET,) * 3, padding="valid")
    x = layers.Reshape((-1, dim))(projection(inputs))
    note(["embedding.kernel", "embedding.bias"], [projection.kernel, projection.bias])
    positions = PositionalEncoder()
    x = positions(x)
    note(["positions"], [positions.position_embedding.embeddings])

    def norm(x, name):
        layer = layers.LayerNormalization(epsilon=EPSILON)
        x = layer(x)
        note([f"{name}.gamma", f"{name}.beta"], [layer.gamma, layer.beta])
        return x

    for b in range(blocks):
        x1 = norm(x, f"block{b}.norm1")
        attention = layers.MultiHeadAttention(num_heads=heads, key_dim=dim // heads, dropout=0.1)
        x2 = layers.Add()([attention(x1, x1), x])
        for part in ["query", "key", "value", "output"]:
            dense = getattr(attention, f"_{part}_dense")
            note([f"block{b}.attention.{part}.kernel", f"block{b}.attention.{part}.bias"], [dense.kernel, dense.bias])
        x3 = norm(x2, f"block{b}.norm2")
        for n, units in [(1, mlp), (2, dim)]:
            dense = layers.Dense(units, activation=ops.gelu)
            x3 = dense(x3)
            note([f"block{b}.mlp.dense{n}.kernel", f"block{b}.mlp.dense{n}.bias"], [dense.kernel, dense.bias])
        x = layers.Add()([x3, x2])

    x = layers.GlobalAveragePooling1D()(norm(x, "norm"))
    head = layers.Dense(classes)
    model = keras.Model(inputs, head(x))
    note(["head.kernel", "head.bias"], [head.kernel, head.bias])
    assert len(names) == len(model.trainable_variables), "a variable has no name, or two"
    assert model.count_params() == sum(math.prod(v.shape) for v in names.values())
    return model, names


def assign(names, weights):
    for name, variable in names.items():
        assert tuple(variable.shape) == weights[name].shape, name
        variable.assign(weights[name])


def loss_function(model):
    """(weights in the model's order, volumes, labels) -> (mean cross-entropy, logits), dropout off."""

    def loss(trainable, volumes, labels):
        frozen = [v.value for v in model.non_trainable_variables]
        logits, _ = model.stateless_call(trainable, frozen, volumes, training=False)
        return cross_entropy(logits, labels), logits

    return loss


def spelled_out(weights, volumes, heads):
    """The logits of the graph in plain float64: Keras' layer normalisation always falls back to float32."""
    w = lambda name: weights[name]
    blocks = sum(name.endswith("norm1.gamma") for name in weights)
    gelu = lambda x: 0.5 * x * (1 + jnp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    dense = lambda x, name: x @ w(f"{name}.kernel") + w(f"{name}.bias")

    def norm(x, name):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / jnp.sqrt(variance + EPSILON) * w(f"{name}.gamma") + w(f"{name}.beta")

    n, grid, dim = len(volumes), volumes.shape[1] // TUBELET, len(w("embedding.bias"))
    x = volumes[:, : grid * TUBELET, : grid * TUBELET, : grid * TUBELET, 0].reshape((n, *(grid, TUBELET) * 3))
    x = x.transpose(0, 1, 3, 5, 2, 4, 6).reshape(n, grid**3, TUBELET**3)
    x = x @ w("embedding.kernel").reshape(-1, dim) + w("embedding.bias") + w("positions")
    for b in range(blocks):
        h = norm(x, f"block{b}.norm1")
        q, k, v = (
            jnp.einsum("ntd,dhe->nhte", h, w(f"block{b}.attention.{part}.kernel")) + w(f"block{b}.attention.{part}.bias")[:, None]
            for part in ["query", "key", "value"]
        )
        probabilities = jax.nn.softmax(jnp.einsum("nhte,nhse->nhts", q, k) / math.sqrt(dim // heads))
        h = jnp.einsum("nhts,nhse->nthe", probabilities, v)
        x = x + jnp.einsum("nthe,hed->ntd", h, w(f"block{b}.attention.output.kernel")) + w(f"block{b}.attention.output.bias")
        h = norm(x, f"block{b}.norm2")
        x = x + gelu(dense(gelu(dense(h, f"block{b}.mlp.dense1")), f"block{b}.mlp.dense2"))
    return dense(norm(x, "norm").mean(1), "head")


def double(weights):
    return {name: jnp.asarray(w, jnp.float64) for name, w in weights.items()}


def cross_entropy(logits, labels):
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels])


def farthest(a, b):
    return max(float(np.abs(np.asarray(x, np.float64) - np.asarray(y, np.float64)).max()) for x, y in zip(a, b, strict=True))


# The small model: weights, logits, loss, gradients, three steps of AdamW.


def small_weights(names):
    """Random and non-trivial: kernels of unit gain and more, everything else away from its initial value."""
    rng = np.random.default_rng(20240607)
    weights = {}
    for name, variable in names.items():
        shape = tuple(variable.shape)
        if name.endswith(".gamma"):
            value = rng.uniform(0.5, 1.5, shape)
        elif name.endswith((".bias", ".beta")):
            value = rng.uniform(-0.3, 0.3, shape)
        elif name == "positions":
            value = rng.uniform(-0.5, 0.5, shape)
        else:
            # The output kernel of the attention sums over its first two axes, all others over all axes but the outputs.
            fan_in = {"embedding.kernel": math.prod(shape[:-1])}.get(name, math.prod(shape[:2]) if ".output." in name else shape[0])
            value = rng.normal(0, 1.3 / math.sqrt(fan_in), shape)
        # Rounded to float32 first: what is stored is exactly what is computed with.
        weights[name] = value.astype(np.float32)
    return weights


def small_volumes():
    """Three volumes of coarse blobs with noise, and a label each."""
    rng = np.random.default_rng(7)
    edge = SMALL["edge"]
    coarse = rng.uniform(0, 1, (3, 5, 5, 5, 1)).repeat(4, 1).repeat(4, 2).repeat(4, 3)
    noise = rng.uniform(0, 1, (3, edge, edge, edge, 1))
    return np.round(255 * (0.7 * coarse + 0.3 * noise)).astype(np.uint8), np.array([2, 0, 1], np.uint8)


def textbook_adamw(weights, gradient_of):
    """Plain NumPy: (losses before each step and after the last, the weights then)."""
    lr, b1, b2, epsilon, decay = (ADAMW[k] for k in ["learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay"])
    p = [np.asarray(w, np.float64) for w in weights]
    m = [np.zeros_like(w) for w in p]
    v = [np.zeros_like(w) for w in p]
    losses = []
    for t in range(1, STEPS + 1):
        loss, gradients = gradient_of(p)
        losses.append(loss)
        for j, g in enumerate(gradients):
            m[j] = b1 * m[j] + (1 - b1) * g
            v[j] = b2 * v[j] + (1 - b2) * g * g
            m_hat, v_hat = m[j] / (1 - b1**t), v[j] / (1 - b2**t)
            p[j] = p[j] - lr * decay * p[j] - lr * m_hat / (np.sqrt(v_hat) + epsilon)
    losses.append(gradient_of(p)[0])
    return losses, p


def keras_adamw(model, gradient_of):
    """The same steps by keras.optimizers.AdamW; leaves its weights in the model."""
    optimizer = keras.optimizers.AdamW(**ADAMW)
    variables = model.trainable_variables
    losses = []
    for _ in range(STEPS):
        loss, gradients = gradient_of([v.value for v in variables])
        losses.append(loss)
        optimizer.apply_gradients(zip([jnp.asarray(g) for g in gradients], variables))
    losses.append(gradient_of([v.value for v in variables])[0])
    return losses


def write_small():
    model, names = create(**SMALL)
    weights = small_weights(names)
    volumes, labels = small_volumes()
    assign(names, weights)
    by_path = {variable.path: name for name, variable in names.items()}
    order = [by_path[v.path] for v in model.trainable_variables]

    inputs, targets = jnp.asarray(volumes, jnp.float32) / jnp.float32(255), jnp.asarray(labels, jnp.int32)
    value_and_gradient = jax.jit(jax.value_and_grad(loss_function(model), has_aux=True))

    def gradient_of(trainable):
        (loss, _), gradients = value_and_gradient([jnp.asarray(w, jnp.float32) for w in trainable], inputs, targets)
        return float(loss), [np.asarray(g) for g in gradients]

    start = [weights[name] for name in order]
    (_, logits), _ = value_and_gradient([jnp.asarray(w) for w in start], inputs, targets)
    assert logits.dtype == jnp.float32
    loss, gradients = gradient_of(start)
    gaps = check_small(weights, volumes, targets, logits, loss, dict(zip(order, gradients)))
    losses, after = textbook_adamw(start, gradient_of)
    losses_keras = keras_adamw(model, gradient_of)
    loss_noise, step_noise = check_adamw(weights, volumes, targets, losses, dict(zip(order, after)))

    arrays = dict(volumes=volumes, labels=labels, logits=logits, loss=[loss])
    arrays |= weights
    arrays |= {f"grad.{name}": g for name, g in zip(order, gradients)}
    arrays |= {"adamw.losses": losses, "adamw.losses_keras": losses_keras}
    arrays |= {f"adamw.after.{name}": w for name, w in zip(order, after)}
    arrays = {k: np.ascontiguousarray(a, np.uint8 if k in ("volumes", "labels") else np.float32) for k, a in arrays.items()}
    path = FIXTURES / "vivit_small.npz"
    np.savez_compressed(path, **arrays)
    assert path.stat().st_size < 400_000

    after_keras = {name: np.asarray(variable.value) for name, variable in names.items()}
    step_gap = max(farthest([after_keras[n]], [w]) for n, w in zip(order, after) if not n.endswith("key.bias"))
    print(f"{path.name}: {path.stat().st_size} bytes, {model.count_params()} parameters, {len(arrays)} arrays")
    print(f"  logits {np.asarray(logits, np.float64).round(5).tolist()}, labels {labels.tolist()}, loss {loss:.8f}")
    print("  from float64: logits {:.1e}, loss {:.1e}, gradients {:.1e}".format(*gaps))
    print(f"  AdamW {losses}\n  Keras {losses_keras}; weights differ by at most {step_gap:.1e}")
    print(f"  AdamW on float64 gradients: losses differ by {loss_noise:.1e}, weights by {step_noise:.1e}")
    for name, g in zip(order, gradients):
        print(f"  grad {name:34} {np.abs(g).max():.3e}")


def check_small(weights, volumes, targets, logits, loss, gradients):
    """Keras against the graph spelled out, and that against a finite difference; returns how far off Keras is."""
    inputs = jnp.asarray(volumes, jnp.float64) / 255
    exact = jax.jit(lambda w: cross_entropy(spelled_out(w, inputs, SMALL["heads"]), targets))
    at, exact_gradients = double(weights), jax.grad(exact)(double(weights))
    rng = np.random.default_rng(1)
    direction = {name: rng.normal(0, 1, w.shape) for name, w in weights.items()}
    moved = lambda h: exact({name: w + h * direction[name] for name, w in at.items()})
    slope = float(moved(1e-6) - moved(-1e-6)) / 2e-6
    expected = float(sum((g * direction[name]).sum() for name, g in exact_gradients.items()))
    assert abs(slope - expected) < 1e-6 * abs(expected), (slope, expected)

    gaps = (
        farthest([logits], [spelled_out(at, inputs, SMALL["heads"])]),
        abs(loss - float(exact(at))),
        farthest([gradients[name] for name in weights], [exact_gradients[name] for name in weights]),
    )
    assert max(gaps) < 1e-5, gaps
    return gaps


def check_adamw(weights, volumes, targets, losses, after):
    """The same text book on gradients in float64: how far rounding alone moves the losses, and the weights but for the key biases."""
    inputs, names = jnp.asarray(volumes, jnp.float64) / 255, list(weights)
    exact = jax.jit(jax.value_and_grad(lambda w: cross_entropy(spelled_out(w, inputs, SMALL["heads"]), targets)))

    def gradient_of(values):
        loss, gradients = exact(double(dict(zip(names, values))))
        return float(loss), [np.asarray(gradients[name]) for name in names]

    exact_losses, exact_after = textbook_adamw([weights[name] for name in names], gradient_of)
    compared = [(after[name], w) for name, w in zip(names, exact_after) if not name.endswith("key.bias")]
    gaps = farthest(losses, exact_losses), max(farthest([a], [b]) for a, b in compared)
    assert gaps[0] < 1e-4, gaps
    return gaps


# The baseline: weights and volumes by formula, logits.


def mix(i, c):
    with np.errstate(over="ignore"):
        x = np.asarray(i, np.uint32) + np.uint32((c * 0x9E3779B9) & 0xFFFFFFFF)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    return x


def formula(shape, c, scale, offset):
    unit = np.float32(2) * ((mix(np.arange(math.prod(shape)), c) >> np.uint32(8)).astype(np.float32) / np.float32(2**24)) - np.float32(1)
    return (np.float32(offset) + np.float32(scale) * unit).astype(np.float32).reshape(shape)


def baseline_scale(name):
    """Scale and offset: powers of two near the initialiser's limits, wide enough that no part of the graph is idle."""
    if name.endswith(".gamma"):
        return 2**-2, 1
    if name.endswith((".bias", ".beta")):
        return 2**-4, 0
    if ".query." in name or ".key." in name:
        return 2**-3, 0
    return {"embedding.kernel": 2**-6, "positions": 2**-3, "head.kernel": 2**-2}.get(name, 2**-4), 0


def write_baseline():
    model, names = create(**BASELINE)
    assert model.count_params() == 1_656_971, model.count_params()
    weights, tensors = {}, []
    for c, (name, variable) in enumerate(names.items()):
        scale, offset = baseline_scale(name)
        weights[name] = formula(tuple(variable.shape), c, scale, offset)
        first = [float(v) for v in weights[name].ravel()[:2]]
        tensors.append(dict(name=name, shape=list(variable.shape), scale=scale, offset=offset, first=first))
    assign(names, weights)

    edge, batch = BASELINE["edge"], 2
    i = np.arange(batch * edge**3)
    volumes = ((mix(i, 1000) >> np.uint32(24)) >> (mix(i // edge**2, 1001) & np.uint32(3))).astype(np.uint8)
    volumes = volumes.reshape(batch, edge, edge, edge, 1)
    logits = np.asarray(model(jnp.asarray(volumes, jnp.float32) / jnp.float32(255), training=False))
    exact = spelled_out(double(weights), jnp.asarray(volumes, jnp.float64) / 255, BASELINE["heads"])
    gap = farthest([logits], [exact])
    assert gap < 1e-4, gap

    line = lambda value: json.dumps(value)
    path = FIXTURES / "vivit_baseline_logits.json"
    path.write_text(
        "{\n"
        f'  "source": {line(f"tests/reference/vivit_keras.py, Keras {keras.__version__}, JAX {jax.__version__}")},\n'
        f'  "parameters": {model.count_params()},\n'
        f'  "volume_shape": {line(list(volumes.shape))},\n'
        f'  "volume_first": {line(volumes.ravel()[:8].tolist())},\n'
        f'  "volume_sum": {int(volumes.sum(dtype=np.int64))},\n'
        f'  "logits": {line([[round(float(v), 9) for v in row] for row in logits])},\n'
        '  "tensors": [\n' + ",\n".join(f"    {line(t)}" for t in tensors) + "\n  ]\n}\n"
    )
    print(f"{path.name}: {path.stat().st_size} bytes, {model.count_params()} parameters, {len(tensors)} tensors")
    print(f"  logits {logits.astype(np.float64).round(5).tolist()}; from float64: {gap:.1e}")


if __name__ == "__main__":
    write_small()
    write_baseline()
