"""What a decomposition in single precision would cost.

Usage: precision.py FILE RHO
FILE: safetensors with `benign` [N, d]. Prints JSON: the root mean square length of the benign rows inside the null space,
for a decomposition in float64 and for one in float32, both measured in float64.
"""

import json
import sys

import numpy as np
from safetensors.numpy import load_file

rows = load_file(sys.argv[1])["benign"].astype(np.float64)
n, d = rows.shape
gram = rows.T @ rows


def residual(vectors):
    q, _ = np.linalg.qr(vectors[:, : int(float(sys.argv[2]) * d)].astype(np.float64))
    return float(np.linalg.norm(rows @ q) / np.sqrt(n))


double = residual(np.linalg.eigh(gram)[1])
single = residual(np.linalg.eigh(gram.astype(np.float32))[1])
print(json.dumps({"double": double, "single": single}))
