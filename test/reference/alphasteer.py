"""AlphaSteer's null-space projection and ridge regression with full matrices, as the paper states them.

An independent check of the solver: d x d matrices, numpy's LAPACK, nothing shared with the product.

Usage: alphasteer.py IN OUT
IN:  safetensors with `benign` [N, d], `harmful` [M, d], `refusal` [d], optional `benign_weights` [N] and
     `harmful_weights` [M] (float32), metadata `rho` (comma-separated) and `alpha`.
OUT: safetensors (float32); for the i-th rho: `w.i` [d], `threshold.i` [d], `matrix.i` [d, d]; metadata: `rank.i`,
     `projector.i` (largest departure of P from a symmetric idempotent matrix), and so on as JSON under `result`.
"""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def null_space(benign, rho):
    """Q [d, k]: eigenvectors of the k smallest eigenvalues, the whole exact null space where that is larger."""
    d = benign.shape[1]
    # Through the singular values of the rows: not the route that the product takes.
    _, sigma, vt = np.linalg.svd(benign, full_matrices=True)
    values = np.zeros(d)
    values[: len(sigma)] = sigma**2
    exact = int(np.sum(values <= max(benign.shape) * np.finfo(float).eps * values.max()))
    k = max(int(np.floor(rho * d + 1e-9)), exact)
    return vt[d - k :].T, values


def ridge(harmful, projector, refusal, alpha, weights):
    """P @ Delta for Delta = argmin ||H P Delta - 1 r^T||^2 + alpha ||P Delta||^2, rows weighted."""
    x = np.sqrt(weights)[:, None] * (harmful @ projector)
    y = np.sqrt(weights)[:, None] * np.outer(np.ones(len(harmful)), refusal)
    # Singular outside the null space, hence the pseudo-inverse; P keeps what it leaves inside.
    delta = np.linalg.pinv(x.T @ x + alpha * projector.T @ projector, rcond=1e-10, hermitian=True) @ x.T @ y
    return projector @ delta


def main():
    with safe_open(sys.argv[1], framework="numpy") as file:
        tensors = {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}
        metadata = file.metadata()
    alpha = float(metadata["alpha"])
    benign, harmful, refusal = tensors["benign"], tensors["harmful"], tensors["refusal"]
    weights = tensors.get("harmful_weights", np.ones(len(harmful)))
    scaled = np.sqrt(tensors.get("benign_weights", np.ones(len(benign))))[:, None] * benign

    out, results = {}, []
    for i, rho in enumerate(float(x) for x in metadata["rho"].split(",")):
        q, values = null_space(scaled, rho)
        projector = q @ q.T
        matrix = ridge(harmful, projector, refusal, alpha, weights)
        # A matrix of rank one: its row space is the refusal direction, so w can be read off.
        w = matrix @ refusal / (refusal @ refusal)
        # The same projector chosen by a threshold on the eigenvalues of the Gram matrix.
        rank = q.shape[1]
        gram_values, gram_vectors = np.linalg.eigh(scaled.T @ scaled)
        threshold = (gram_values[rank - 1] + gram_values[rank]) / 2 if rank < len(gram_values) else np.inf
        q2 = gram_vectors[:, gram_values < threshold]
        by_threshold = ridge(harmful, q2 @ q2.T, refusal, alpha, weights) @ refusal / (refusal @ refusal)
        out[f"w.{i}"] = w.astype(np.float32)
        out[f"threshold.{i}"] = by_threshold.astype(np.float32)
        out[f"matrix.{i}"] = matrix.astype(np.float32)
        results.append(
            {
                "rank": rank,
                "matrixRank": int(np.linalg.matrix_rank(matrix, tol=1e-9 * np.linalg.norm(matrix))),
                "idempotent": float(np.abs(projector @ projector - projector).max()),
                "keptLargest": float(values[len(values) - rank]),
                "benignLargestScore": float(np.abs(benign @ w).max()),
            }
        )
    save_file(out, sys.argv[2], metadata={"result": json.dumps(results)})


if __name__ == "__main__":
    main()
