"""Makes the files in Fixtures/ with the real tools: pip install numpy ml_dtypes safetensors."""

import io
import os
import zipfile

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures"))
numbers = np.arange(24).reshape(2, 3, 4)
for name in "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split():
    np.save(f"little_{name}.npy", numbers.astype("<" + name))
    np.save(f"big_{name}.npy", numbers.astype(">" + name))
np.save("bfloat16.npy", numbers.astype(ml_dtypes.bfloat16))
np.save("bool.npy", numbers % 2 == 0)
np.save("column_major.npy", np.asfortranarray(numbers.astype("<i4")))
np.save("scalar.npy", np.array(7, dtype="<i4"))
np.save("empty.npy", np.zeros((0, 3), dtype="<f4"))
np.save("complex.npy", np.zeros(2, dtype="<c8"))
np.save("text.npy", np.array(["a", "bc"]))
with open("version2.npy", "wb") as file:
    np.lib.format.write_array(file, numbers.astype("<f4"), version=(2, 0))
with open("version3.npy", "wb") as file:
    np.lib.format.write_array(file, numbers.astype("<f4"), version=(3, 0))
save_file(
    {
        "logits": numbers.astype("<f4"),
        "half": numbers.astype("<f2"),
        "brain": numbers.astype(ml_dtypes.bfloat16),
        "labels": numbers[0].astype("<i8"),
        "byte": np.array([1, 2, 3], dtype=np.uint8),
    },
    "arrays.safetensors",
    metadata={"source": "make_fixtures.py"},
)

arrays = {
    "logits": numbers.astype("<f4"),
    "half": numbers.astype("<f2"),
    "brain": numbers.astype(ml_dtypes.bfloat16),
    "labels": numbers[0].astype(">i8"),
    "columns": np.asfortranarray(numbers.astype("<i4")),
    "größe": np.array(7, dtype="<i4"),
}
np.savez("arrays.npz", **arrays)
np.savez_compressed("compressed.npz", **arrays)
np.savez("only.npz", numbers.astype("<f4"))
np.savez("none.npz")
np.savez("mixed.npz", x=numbers[0, 0].astype("<f4"), c=np.zeros(2, "<c8"), t=np.array(["a"]))


class Pipe(io.RawIOBase):
    """A file that cannot seek: sizes follow the data then, in data descriptors."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


with Pipe("piped.npz") as file:
    np.savez_compressed(file, **arrays)
# What zipfile writes for archives of more than 4 GiB: zip64 records throughout.
zipfile.ZIP64_LIMIT = 10
np.savez("zip64.npz", **arrays)
