"""The baseline in PyTorch or JAX, to measure vivit-tui against: one line of JSON a measurement.

    python peer.py torch train|infer|scale [--threads N]
    python peer.py torch train --journal FILE [--model M] [--device cuda] [--variant compile+graph] [--data FILE] [--batch N]
    python peer.py jax infer [--threads N]

The same model (tests/model_reference.rs holds vivit-tui's to Keras), the same optimizer and batch, random
volumes of the same size: times do not depend on what is in them.
"""

import argparse
import json
import os
import statistics
import sys
import time

# The paper's models (experiments/paper-*.ron): one GELU in the MLP, stochastic depth, a class token in the first three.
PAPER = ["spatio-temporal", "factorised-encoder", "uniform-frames", "factorised-self-attention", "factorised-dot-product"]

ap = argparse.ArgumentParser()
ap.add_argument("peer", choices=["torch", "jax"])
ap.add_argument("what", choices=["train", "infer", "scale"])
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--journal", help="train until killed, and append a line to this file for every epoch and step")
ap.add_argument("--device", default="cpu", help="where train runs, in PyTorch's words")
ap.add_argument("--variant", choices=["eager", "compile", "reduce-overhead", "graph", "compile+graph"], default="eager")
ap.add_argument("--model", choices=["baseline", *PAPER], default="baseline", help="or what experiments/paper-*.ron describe")
ap.add_argument("--data", help="train on this .npz in MedMNIST's format in place of random volumes")
ap.add_argument("--batch", type=int, default=32)
a = ap.parse_args()
os.sched_setaffinity(0, set(range(a.threads)))
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(a.threads)

import numpy as np  # noqa: E402  (after the number of threads is fixed)

VOLUMES, BATCH, SIDE, CLASSES = 971, 32, 28, 11
READ_EVERY = 10  # steps on a GPU, as vivit-tui does: reading waits for all that is queued
DIM, HEADS, LAYERS, MLP, TUBELET, EPSILON, DROPOUT = 128, 8, 8, 512, 8, 1e-6, 0.1


def anonymous_mb():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return round(int(line.split()[1]) / 1024)


def say(**figures):
    print(json.dumps({"peer": a.peer, "what": a.what, "threads": a.threads, **figures}), flush=True)


def median_ms(run, seconds=2.0):
    for _ in range(5):
        run()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1e3, 3)


def torch_model(side=SIDE):
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm_1, self.norm_2 = nn.LayerNorm(DIM, eps=EPSILON), nn.LayerNorm(DIM, eps=EPSILON)
            self.qkv, self.out = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
            self.expand, self.contract = nn.Linear(DIM, MLP), nn.Linear(MLP, DIM)

        def forward(self, x):
            b, n, _ = x.shape
            q, k, v = self.qkv(self.norm_1(x)).view(b, n, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=DROPOUT if self.training else 0.0)
            x = x + self.out(y.transpose(1, 2).reshape(b, n, DIM))
            y = F.gelu(self.expand(self.norm_2(x)), approximate="tanh")
            return x + F.gelu(self.contract(y), approximate="tanh")

    class Vivit(nn.Module):
        def __init__(self):
            super().__init__()
            tokens = (side // TUBELET) ** 3
            self.embedding = nn.Conv3d(1, DIM, TUBELET, TUBELET)
            self.positions = nn.Parameter(torch.empty(tokens, DIM).uniform_(-0.05, 0.05))
            self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
            self.norm, self.head = nn.LayerNorm(DIM, eps=EPSILON), nn.Linear(DIM, CLASSES)

        def forward(self, volumes):
            x = self.embedding(volumes).flatten(2).transpose(1, 2) + self.positions
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x).mean(1))

    return Vivit()


def torch_paper_model(name, side=SIDE):
    """As one would write them: attention over one axis at a time is attention over a batch of shorter sequences."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    deepest_drop, temporal_layers = 0.1, 4

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.qkv, self.out = nn.LayerNorm(DIM, eps=EPSILON), nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)

        def heads(self, x):
            return self.qkv(self.norm(x)).unflatten(-1, (3, HEADS, DIM // HEADS)).movedim(-3, 0)  # [3, ..., n, heads, d]

        def attend(self, q, k, v):
            q, k, v = (y.transpose(-3, -2) for y in (q, k, v))  # over the last axis but one of [..., n, heads, d]
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=DROPOUT if self.training else 0.0)
            return y.transpose(-3, -2)

        def forward(self, x):
            return self.out(self.attend(*self.heads(x)).flatten(-2))

    class OverTime(Attention):
        def forward(self, x):  # [b, times, places, dim]
            return super().forward(x.transpose(1, 2)).transpose(1, 2)

    class DotProduct(Attention):
        def forward(self, x):  # [b, times, places, dim]
            space, time = self.heads(x).chunk(2, -2)
            space = self.attend(*space)
            time = self.attend(*time.transpose(2, 3)).transpose(1, 2)
            return self.out(torch.cat([space, time], -2).flatten(-2))

    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.expand, self.contract = nn.LayerNorm(DIM, eps=EPSILON), nn.Linear(DIM, MLP), nn.Linear(MLP, DIM)

        def forward(self, x):
            return self.contract(F.gelu(self.expand(self.norm(x)), approximate="tanh"))

    class Encoder(nn.Module):
        def __init__(self, tokens, layers, attentions):
            super().__init__()
            self.class_token = nn.Parameter(torch.zeros(1, 1, DIM)) if name in PAPER[:3] else None
            tokens = tokens if self.class_token is None else tokens + 1
            self.positions = nn.Parameter(torch.empty(tokens, DIM).uniform_(-0.05, 0.05))
            self.halves = nn.ModuleList(make() for _ in range(layers) for make in (*attentions, Mlp))
            self.drops = [deepest_drop * layer / (layers - 1) for layer in range(layers)]
            self.norm, self.each = nn.LayerNorm(DIM, eps=EPSILON), len(attentions) + 1

        def forward(self, x, grid=None, sequences=1):
            if self.class_token is not None:
                x = torch.cat([self.class_token.expand(len(x), 1, DIM), x], 1)
            x = x + self.positions
            if grid:
                x = x.unflatten(1, grid)
            for i, half in enumerate(self.halves):
                y, drop = half(x), self.drops[i // self.each]
                if self.training and drop > 0:  # a volume goes around it as a whole
                    kept = torch.empty(len(y) // sequences, device=y.device).bernoulli_(1 - drop).div_(1 - drop)
                    y = y * kept.repeat_interleave(sequences).view(-1, *[1] * (y.dim() - 1))
                x = x + y
            x = self.norm(x)
            return x[:, 0] if self.class_token is not None else x.flatten(1, -2).mean(1)

    class Vivit(nn.Module):
        def __init__(self):
            super().__init__()
            self.frames = [3, 10, 17, 24] if name == "uniform-frames" else None
            size = (1, 7, 7) if self.frames else (TUBELET,) * 3
            self.embedding = nn.Conv3d(1, DIM, size, size)
            times, places = len(self.frames) if self.frames else side // TUBELET, (side // size[1]) ** 2
            self.grid, self.temporal = (times, places), None
            if name == "factorised-encoder":
                self.encoder = Encoder(places, LAYERS, [Attention])
                self.temporal = Encoder(times, temporal_layers, [Attention])
            else:
                attentions = {"factorised-self-attention": [Attention, OverTime], "factorised-dot-product": [DotProduct]}
                self.encoder = Encoder(times * places, LAYERS, attentions.get(name, [Attention]))
            self.head = nn.Linear(DIM, CLASSES)

        def forward(self, volumes):
            x = self.embedding(volumes[:, :, self.frames] if self.frames else volumes).flatten(2).transpose(1, 2)
            times, places = self.grid
            if self.temporal:
                x = self.encoder(x.reshape(-1, places, DIM), sequences=times)
                return self.head(self.temporal(x.unflatten(0, (-1, times))))
            factorised = name in ("factorised-self-attention", "factorised-dot-product")
            return self.head(self.encoder(x, self.grid if factorised else None))

    return Vivit()


def torch_stepper(model, variant="eager"):
    """A step; its loss and hits stay on the device until they are read."""
    import torch
    from torch.nn import functional as F

    graph = variant.endswith("graph")
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, weight_decay=1e-5, eps=1e-7, fused=True, capturable=graph
    )
    if variant.startswith("compile"):
        model = torch.compile(model)
    if variant == "reduce-overhead":
        model = torch.compile(model, mode=variant)

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        return loss.detach(), (logits.argmax(1) == y).sum()

    return torch_graph(step) if graph else step


def torch_graph(step):
    """The whole step as one CUDA graph: captured with the first batch, replayed on every batch of that size."""
    import torch

    if not torch.cuda.is_available():
        sys.exit("CUDA graphs need CUDA")
    captured = []

    def replay(x, y):
        if not captured:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):  # compiles, and makes the optimizer's state, outside the capture
                for _ in range(3):
                    step(x, y)
            torch.cuda.current_stream().wait_stream(side)
            graph, inputs = torch.cuda.CUDAGraph(), (x.clone(), y.clone())
            with torch.cuda.graph(graph):
                figures = step(*inputs)
            captured.extend((graph, inputs, figures))
        graph, inputs, figures = captured
        for place, value in zip(inputs, (x, y)):
            place.copy_(value)
        graph.replay()
        return [figure.clone() for figure in figures]  # the next replay writes over them

    return replay


def torch_train():
    import torch

    torch.set_num_threads(a.threads)
    if a.data:
        file = np.load(a.data)
        volumes, labels = file["train_images"], file["train_labels"].ravel()
    else:
        random = np.random.default_rng(0)
        volumes = random.integers(0, 256, (VOLUMES, SIDE, SIDE, SIDE), dtype=np.uint8)
        labels = random.integers(0, CLASSES, VOLUMES)
    x = torch.from_numpy(volumes).unsqueeze(1).to(a.device)
    y = torch.from_numpy(labels.astype(np.int64)).to(a.device)
    model = torch_model(x.shape[-1]) if a.model == "baseline" else torch_paper_model(a.model, x.shape[-1])
    step = torch_stepper(model.train().to(a.device), a.variant)
    read_every = 1 if a.device == "cpu" else READ_EVERY
    with open(a.journal, "a", buffering=1) as journal:
        while True:
            order, unread = torch.randperm(len(x), device=a.device), []
            for first in range(0, len(x), a.batch):
                batch = order[first : first + a.batch]
                unread.append(step(x[batch].float().div_(255.0), y[batch]))
                if len(unread) == read_every or first + a.batch >= len(x):
                    figures = zip(*(torch.stack(column).tolist() for column in zip(*unread)))
                    lines = [{"event": "stepped", "loss": loss, "correct": correct} for loss, correct in figures]
                    journal.write("".join(json.dumps(line) + "\n" for line in lines))
                    unread = []
            journal.write('{"event": "epoch_finished"}\n')


def torch_infer():
    import torch

    torch.set_num_threads(a.threads)
    model, x = torch_model().eval(), torch.rand(BATCH, 1, SIDE, SIDE, SIDE)

    def run(volumes):
        with torch.inference_mode():
            return model(volumes)

    say(batch_ms=median_ms(lambda: run(x)), one_ms=median_ms(lambda: run(x[:1])), version=torch.__version__)


def torch_scale():
    """One step of four volumes whose tubelets make more and more tokens."""
    import torch

    torch.set_num_threads(a.threads)
    for side in (16, 32, 48, 64):
        step = torch_stepper(torch_model(side).train())
        x, y = torch.rand(4, 1, side, side, side), torch.zeros(4, dtype=torch.int64)
        say(tokens=(side // TUBELET) ** 3, step_ms=median_ms(lambda: step(x, y)), anonymous_mb=anonymous_mb())


def jax_infer():
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp

    grid = SIDE // TUBELET
    shapes = {"w": (TUBELET**3, DIM), "p": (grid**3, DIM), "h": (DIM, CLASSES)}
    for layer in range(LAYERS):
        shapes |= {f"q{layer}": (DIM, 3 * DIM), f"o{layer}": (DIM, DIM)}
        shapes |= {f"e{layer}": (DIM, MLP), f"c{layer}": (MLP, DIM)}
    random = np.random.default_rng(0)
    w = {name: jnp.asarray(random.uniform(-0.1, 0.1, shape).astype(np.float32)) for name, shape in shapes.items()}
    gain, shift = jnp.ones(DIM), jnp.zeros(DIM)

    def norm(x):
        mean = x.mean(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(x.var(-1, keepdims=True) + EPSILON) * gain + shift

    def forward(w, volumes):
        b, side, n = len(volumes), grid * TUBELET, grid**3
        x = volumes[:, :side, :side, :side].reshape(b, grid, TUBELET, grid, TUBELET, grid, TUBELET)
        x = x.transpose(0, 1, 3, 5, 2, 4, 6).reshape(b, n, TUBELET**3) @ w["w"] + w["p"]
        for layer in range(LAYERS):
            q, k, v = (norm(x) @ w[f"q{layer}"]).reshape(b, n, 3, HEADS, DIM // HEADS).transpose(2, 0, 3, 1, 4)
            scores = jax.nn.softmax(q @ k.swapaxes(2, 3) * (DIM // HEADS) ** -0.5)
            x = x + (scores @ v).swapaxes(1, 2).reshape(b, n, DIM) @ w[f"o{layer}"]
            y = jax.nn.gelu(norm(x) @ w[f"e{layer}"], approximate=True)
            x = x + jax.nn.gelu(y @ w[f"c{layer}"], approximate=True)
        return norm(x).mean(1) @ w["h"]

    run = jax.jit(forward)
    x = jnp.asarray(random.random((BATCH, SIDE, SIDE, SIDE), np.float32))
    one = x[:1]
    batch_ms = median_ms(lambda: run(w, x).block_until_ready())
    say(batch_ms=batch_ms, one_ms=median_ms(lambda: run(w, one).block_until_ready()), version=jax.__version__)


measure = globals().get(f"{a.peer}_{a.what}")
if measure is None:
    sys.exit(f"{a.peer} {a.what} is not measured")
measure()
