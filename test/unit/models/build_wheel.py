"""Writes a wheel of one data file: build_wheel.py FOLDER NAME VERSION MEMBER < the data. Prints its path."""

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

folder, name, version, member = sys.argv[1:]
data = sys.stdin.buffer.read()
path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
info = f"{name}-{version}.dist-info"
files = {
    member: data,
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
    f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


record = "".join(f"{file},sha256={digest(content)},{len(content)}\n" for file, content in files.items())
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
    for file, content in files.items():
        wheel.writestr(file, content)
    wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
print(path)
