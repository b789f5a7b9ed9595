"""What single precision costs the null space of a residual stream that has a few very large directions.

Usage: precision.py D N
Prints JSON: the root mean square length of benign rows inside the null space (rho = 0.5), from a decomposition in float64
and one in float32, both measured in float64.
"""

import json
import sys

import numpy as np

d, n = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(7)
# The spectrum of real layers: one direction far above all, then several decades of slow decay.
scale = 10.0 ** np.linspace(0.5, -1.5, d)
scale[0] = 3000.0
rotation, _ = np.linalg.qr(rng.standard_normal((d, d)))
rows = ((rng.standard_normal((n, d)) * scale) @ rotation.T).astype(np.float32)
gram = rows.T.astype(np.float64) @ rows.astype(np.float64)


def residual(vectors):
    q = vectors[:, : d // 2].astype(np.float64)
    q, _ = np.linalg.qr(q)
    return float(np.linalg.norm(rows.astype(np.float64) @ q) / np.sqrt(n))


double = residual(np.linalg.eigh(gram)[1])
single = residual(np.linalg.eigh(gram.astype(np.float32))[1])
print(json.dumps({"double": double, "single": single}))
