"""Positions of one grid of tokens as those of another, by PyTorch: tests/fixtures/transfer.json.

    python -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/transfer.py
"""

import json
import pathlib

import torch

cases = []
for number, (there, here) in enumerate([((2, 3, 4), (3, 5, 2)), ((1, 3, 3), (4, 3, 3)), ((3, 3, 3), (4, 4, 4)), ((4, 4, 4), (1, 4, 4))]):
    torch.manual_seed(number)
    dim = 6
    positions = torch.randn(*there, dim)
    channels_first = positions.permute(3, 0, 1, 2).unsqueeze(0)
    resampled = torch.nn.functional.interpolate(channels_first, size=here, mode="trilinear", align_corners=False)
    cases.append({
        "there": there,
        "here": here,
        "positions": positions.reshape(-1, dim).tolist(),
        "resampled": resampled.squeeze(0).permute(1, 2, 3, 0).reshape(-1, dim).tolist(),
    })
path = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "transfer.json"
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
