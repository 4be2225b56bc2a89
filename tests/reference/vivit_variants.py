"""The four models of the ViViT paper, its tokenisations, class tokens and sinusoidal positions in PyTorch, as the independent
implementation that the Rust model is held to.

Run from anywhere; writes `tests/fixtures/vivit_variants.json`:

    python -m venv venv && venv/bin/pip install torch==2.15.0 numpy
    venv/bin/python tests/reference/vivit_variants.py

Written from arXiv 2103.15691 in the plainest way there is, in float64, and unlike the Rust one wherever there is a choice: the
embedding is `conv3d` over `pad`ded volumes; model 3 and 4 attend over all tokens with a mask of who sees whom; model 2 runs its
spatial encoder once for each time. Positions are those of the paper's code (scenic, `get_fixed_sincos_position_embedding`), with the
channels in the order of our axes.

Everything has the names and shapes of the Rust module, and comes from the integer formula of `vivit_keras.py`:

    mix(i, c):  x = i + c * 0x9E3779B9;  x ^= x >> 16;  x *= 0x7FEB352D;  x ^= x >> 15;  x *= 0x846CA68B;  x ^= x >> 16
    unit(i, c) = 2 * ((mix(i, c) >> 8) / 2^24) - 1
    weight[i]  = offset + scale * unit(i, c)
    volume[i]  = mix(i, 1000) >> 24                               uint8, [3, 9, 10, 12, 2]

where c is the number of the tensor in the variant's list. For each variant the file has the scores of the three volumes, their mean
cross-entropy with the labels 2, 0, 1, and of each tensor's gradient its norm and its sum with the signs of `mix(i, 77) & 1` (0 is +).

`rollout` is the attention rollout of the three volumes (Abnar & Zuidema 2020, arXiv 2005.00928), [3, tokens], from whole matrices: of each
attention the mean over the heads, plus the identity, over two; their product through the layers, the last one leftmost; of it the class
token's row, or the mean of all rows. In model 2 the temporal encoder's row weighs the rows of the spatial ones. What falls to class tokens
is left out, and the rest sums to one.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
VOLUME, CHANNELS, BATCH, CLASSES = (9, 10, 12), 2, 3, 3
DIM, HEADS, MLP, EPSILON = 32, 2, 48, 1e-6
LABELS = torch.tensor([2, 0, 1])

TUBELETS = dict(size=(4, 5, 3), stride=(4, 5, 3), pad=False)
PLAIN = dict(embedding=TUBELETS, attention="SpatioTemporal", layers=2, temporal_layers=0, cls=False, sinusoidal=False, second_gelu=True)
VARIANTS = {
    "model 1, class token": dict(cls=True),
    "model 1, sinusoids, one GELU": dict(sinusoidal=True, second_gelu=False),
    "model 1, class token and sinusoids": dict(cls=True, sinusoidal=True),
    "model 2": dict(attention="FactorisedEncoder", temporal_layers=2),
    "model 2, class tokens, sinusoids, one GELU": dict(
        attention="FactorisedEncoder", temporal_layers=1, cls=True, sinusoidal=True, second_gelu=False
    ),
    "model 3": dict(attention="FactorisedSelfAttention"),
    "model 4": dict(attention="FactorisedDotProduct"),
    "overlapping and padded": dict(embedding=dict(size=(4, 5, 6), stride=(2, 5, 4), pad=True)),
    "padded, model 3": dict(embedding=dict(size=(4, 4, 5), stride=(4, 4, 5), pad=True), attention="FactorisedSelfAttention"),
    "uniform frames, model 2": dict(embedding=dict(frames=4, patch=(4, 5), pad=True), attention="FactorisedEncoder", temporal_layers=1),
    "uniform frames, cropped": dict(embedding=dict(frames=3, patch=(4, 5), pad=False)),
}


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
    return torch.tensor((np.float32(offset) + np.float32(scale) * unit).astype(np.float64).reshape(shape))


class Weights:
    """Tensors by name, made when they are first asked for."""

    def __init__(self):
        self.tensors, self.notes = {}, []

    def __call__(self, name, shape, scale, offset=0.0):
        if name not in self.tensors:
            self.tensors[name] = formula(shape, len(self.notes), scale, offset).requires_grad_()
            self.notes.append(dict(name=name, shape=list(shape), scale=scale, offset=offset))
        assert self.tensors[name].shape == tuple(shape), name
        return self.tensors[name]

    def linear(self, x, name, outputs, scale):
        return x @ self(f"{name}.weight", (x.shape[-1], outputs), scale) + self(f"{name}.bias", (outputs,), 2**-4)

    def norm(self, x, name):
        return F.layer_norm(x, (DIM,), self(f"{name}.gamma", (DIM,), 2**-2, 1.0), self(f"{name}.beta", (DIM,), 2**-4), EPSILON)


def embed(w, volumes, embedding):
    """[batch, depth, height, width, channels] -> [batch, times, rows, columns, dim]"""
    x = volumes.permute(0, 4, 1, 2, 3)
    if "frames" in embedding:
        # The middle of each of as many equal parts; of two middles the first.
        parts = [np.arange(VOLUME[0] * k // embedding["frames"], VOLUME[0] * (k + 1) // embedding["frames"]) for k in range(embedding["frames"])]
        x = x[:, :, [int(part[(len(part) - 1) // 2]) for part in parts]]
        size = stride = (1, *embedding["patch"])
    else:
        size, stride = embedding["size"], embedding["stride"]
    if embedding["pad"]:
        # As little as shows every voxel, half on each side, the odd one behind.
        missing = [(math.ceil(max(n - k, 0) / s) * s + k - n) for n, k, s in zip(x.shape[2:], size, stride)]
        x = F.pad(x, [side for m in reversed(missing) for side in (m // 2, m - m // 2)])
    values = math.prod(size) * CHANNELS
    kernel = w("embedding.projection.weight", (values, DIM), 2**-4).reshape(*size, CHANNELS, DIM).permute(4, 3, 0, 1, 2)
    x = F.conv3d(x, kernel, w("embedding.projection.bias", (DIM,), 2**-4), stride=stride)
    return x.permute(0, 2, 3, 4, 1)


def waves(places, width):
    """Sines and cosines of places along one axis, [places, 2 * width]."""
    omega = 1.0 / 10_000 ** (torch.arange(width, dtype=torch.float64) / width)
    angles = places.double()[:, None] * omega
    return torch.cat([angles.sin(), angles.cos()], 1)


def sinusoids(grid):
    axes = torch.meshgrid(*[torch.arange(n) for n in grid], indexing="ij")
    all = torch.cat([waves(axis.flatten(), DIM // (2 * len(grid))) for axis in axes], 1)
    return F.pad(all, (0, DIM - all.shape[1]))


SEEN = []  # Of each attention that was computed, in its order, the mean over its heads: [b, tokens, tokens]


def attention(w, x, name, masks):
    """Over all tokens, each head with a mask of who sees whom."""
    b, n, _ = x.shape
    q, k, v = w.linear(x, f"{name}.qkv", 3 * DIM, 2**-3).reshape(b, n, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
    scores = (q @ k.transpose(2, 3) / math.sqrt(DIM // HEADS)).masked_fill(~torch.stack(masks), -math.inf)
    SEEN.append(scores.softmax(3).mean(1).detach())
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=torch.stack(masks))
    return w.linear(y.transpose(1, 2).reshape(b, n, DIM), f"{name}.output", DIM, 2**-3)


def encode(w, x, grid, names, variant, layers, look):
    """[b, tokens, dim] -> [b, dim]. `look` gives the masks of the attentions of a block from the tokens' number."""
    name = lambda part: f"{names}{part}"
    if variant["cls"]:
        x = torch.cat([w(name("class_token"), (1, DIM), 2**-2).expand(x.shape[0], 1, DIM), x], 1)
    if variant["sinusoidal"]:
        x = x + F.pad(sinusoids(grid), (0, 0, int(variant["cls"]), 0))
    else:
        x = x + w(name("positions"), (x.shape[1], DIM), 2**-2)
    gelu = lambda y: F.gelu(y, approximate="tanh")
    for layer in range(layers):
        for part, masks in zip(["", "time_"], look(x.shape[1])):
            norm, here = (name(f"blocks.{layer}.{p}") for p in ([f"{part}norm", f"{part}attention"] if part else ["attention_norm", "attention"]))
            x = x + attention(w, w.norm(x, norm), here, masks)
        y = gelu(w.linear(w.norm(x, name(f"blocks.{layer}.mlp_norm")), name(f"blocks.{layer}.expand"), MLP, 2**-3))
        y = w.linear(y, name(f"blocks.{layer}.contract"), DIM, 2**-3)
        x = x + (gelu(y) if variant["second_gelu"] else y)
    x = w.norm(x, name("norm"))
    return x[:, 0] if variant["cls"] else x.mean(1)


def forward(w, volumes, variant):
    x = embed(w, volumes, variant["embedding"])
    b, times, rows, columns, _ = x.shape
    grid, places = (times, rows, columns), rows * columns
    everyone = lambda n: torch.ones(n, n, dtype=bool)
    all_to_all = lambda n: [[everyone(n)] * HEADS]
    if variant["attention"] == "FactorisedEncoder":
        made = [encode(w, x[:, t].reshape(b, places, DIM), (rows, columns), "", variant, variant["layers"], all_to_all) for t in range(times)]
        x = encode(w, torch.stack(made, 1), (times,), "temporal.", variant, variant["temporal_layers"], all_to_all)
    else:
        time = torch.arange(times).repeat_interleave(places)
        place = torch.arange(places).repeat(times)
        space_mask, time_mask = time[:, None] == time, place[:, None] == place
        looks = {
            "SpatioTemporal": all_to_all,
            "FactorisedSelfAttention": lambda n: [[space_mask] * HEADS, [time_mask] * HEADS],
            "FactorisedDotProduct": lambda n: [[space_mask] * (HEADS // 2) + [time_mask] * (HEADS // 2)],
        }
        x = encode(w, x.reshape(b, times * places, DIM), grid, "", variant, variant["layers"], looks[variant["attention"]])
    return w.linear(x, "head", CLASSES, 2**-2)


def rolled(seen, cls):
    """The product through the layers, and of it the row of what is pooled: [b, tokens], without the class token."""
    product = torch.eye(seen[0].shape[1])
    for matrix in seen:
        product = (matrix + torch.eye(matrix.shape[1])) / 2 @ product
    return product[:, 0, 1:] if cls else product.mean(1)


def rollout(seen, variant, times):
    """[b, tokens] from the attentions of a forward pass."""
    if variant["attention"] == "FactorisedEncoder":
        layers = variant["layers"]
        spatial = torch.stack([rolled(seen[t * layers : (t + 1) * layers], variant["cls"]) for t in range(times)], 1)
        row = (rolled(seen[times * layers :], variant["cls"])[:, :, None] * spatial).flatten(1)
    else:
        row = rolled(seen, variant["cls"])
    return row / row.sum(1, keepdim=True)


def main():
    torch.set_default_dtype(torch.float64)
    count = BATCH * math.prod(VOLUME) * CHANNELS
    voxels = (mix(np.arange(count), 1000) >> np.uint32(24)).astype(np.uint8)
    volumes = torch.tensor(voxels.astype(np.float64) / 255).reshape(BATCH, *VOLUME, CHANNELS)
    written = []
    for name, changed in VARIANTS.items():
        variant, w = PLAIN | changed, Weights()
        SEEN.clear()
        logits = forward(w, volumes, variant)
        rolls = rollout(SEEN, variant, embed(w, volumes, variant["embedding"]).shape[1])
        loss = F.cross_entropy(logits, LABELS)
        loss.backward()
        for note in w.notes:
            gradient = w.tensors[note["name"]].grad.flatten().numpy()
            signs = 1.0 - 2.0 * (mix(np.arange(len(gradient)), 77) & np.uint32(1))
            note |= dict(norm=float(np.sqrt((gradient**2).sum())), slope=float((gradient * signs).sum()))
        count = sum(math.prod(note["shape"]) for note in w.notes)
        written.append(dict(variant=name, parameters=count, logits=logits.tolist(), rollout=rolls.tolist(), loss=loss.item(), tensors=w.notes))
        print(f"{name}: {count} parameters, loss {loss.item():.6f}, first scores {[round(x, 4) for x in logits[0].tolist()]}")
    source = f"tests/reference/vivit_variants.py, PyTorch {torch.__version__}"
    path = FIXTURES / "vivit_variants.json"
    lines = [json.dumps(v | dict(tensors=[]))[:-2] + "\n" + ",\n".join("  " + json.dumps(t) for t in v["tensors"]) + "\n]}" for v in written]
    path.write_text(json.dumps(dict(source=source, volume=[BATCH, *VOLUME, CHANNELS], voxels_sum=int(voxels.sum(dtype=np.int64))))[:-1] + ',\n"variants": [\n' + ",\n".join(lines) + "\n]}\n")
    json.loads(path.read_text())
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
