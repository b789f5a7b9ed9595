"""Reads a steering profile with nothing but the safetensors package and prints what it holds as JSON.

Usage: read_profile.py FILE
"""

import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    metadata = json.loads(file.metadata()["steady"])
    tensors = {name: file.get_tensor(name) for name in file.keys()}

print(
    json.dumps(
        {
            "name": metadata["name"],
            "layers": [layer["layer"] for layer in metadata["layers"]],
            "tensors": {
                name: {"dtype": str(t.dtype), "shape": list(t.shape), "values": [float(x) for x in t]}
                for name, t in tensors.items()
            },
        }
    )
)
