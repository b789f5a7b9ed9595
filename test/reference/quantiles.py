"""Quantiles, mean and standard deviation by numpy. Reads {"values", "levels"} from standard input, prints JSON."""

import json
import sys

import numpy as np

data = json.load(sys.stdin)
values = np.array(data["values"])
print(json.dumps({"quantiles": np.quantile(values, data["levels"]).tolist(), "mean": values.mean(), "std": values.std()}))
