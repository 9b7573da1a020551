"""Files of `skising.save` that are taken apart, and forged with a right checksum."""

import json
import struct

from safetensors.torch import load_file, save_file

from skising import persistence


def header_and_data(raw):
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def rewritten(file, change, *, signed):
    """Change the header of a file. If `signed`, give it the right checksum."""
    tensors = load_file(file)
    header, data = header_and_data(file.read_bytes())
    state = json.loads(header["__metadata__"]["skising"])
    change(header, state)
    if "skising" in header["__metadata__"]:
        state = header["__metadata__"]["skising"] = json.dumps(state)
        if signed:
            header["__metadata__"]["sha256"] = persistence._digest(state, tensors)
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return file


def forge(path, state, tensors):
    """Write a file of any state and tensors, with the right checksum."""
    text = json.dumps(state)
    metadata = {"skising": text, "sha256": persistence._digest(text, tensors)}
    save_file(tensors, path, metadata=metadata)
    return path


def contents(path):
    """Return the state and copies of the tensors in a file.

    Tensors of safetensors 0.4 change when their file is written anew.
    """
    header, _ = header_and_data(path.read_bytes())
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    return json.loads(header["__metadata__"]["skising"]), tensors
