"""Makes the files in Fixtures/ with the real tools: pip install numpy ml_dtypes safetensors."""

import os

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
