"""Copies a steering profile through the safetensors package, which lays its tensors out in its own order.

Usage: rewrite_profile.py FROM TO
"""

import sys

from safetensors import safe_open
from safetensors.numpy import save_file

with safe_open(sys.argv[1], framework="numpy") as file:
    save_file({name: file.get_tensor(name) for name in file.keys()}, sys.argv[2], metadata=file.metadata())
