"""Builds the Swift library and puts it into the package: the rest is in pyproject.toml."""

import functools
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
SWIFT_PACKAGE = HERE.parent
PRODUCT = "CSeq2SeqLosses"
LIBRARY = f"lib{PRODUCT}" + (".dylib" if sys.platform == "darwin" else ".so")


@functools.cache
def build_library() -> pathlib.Path:
    """The library, built in release mode; on Linux with the Swift runtime inside."""
    if shutil.which("swift") is None:
        raise SystemExit("To build swift-seq2seq-losses, Swift 6.3 or later is needed: https://swift.org/install")
    scratch = SWIFT_PACKAGE / ".build" / "python"
    command = ["swift", "build", "-c", "release", "--product", PRODUCT]
    command += ["--package-path", str(SWIFT_PACKAGE), "--scratch-path", str(scratch)]
    if sys.platform != "darwin":
        # Nothing of the runtime is seen outside, so that another copy in the process does no harm.
        command += ["-Xswiftc", "-static-stdlib", "-Xlinker", "-s"]
        command += ["-Xlinker", f"--version-script={HERE / 'exports.map'}"]
    subprocess.run(command, check=True)
    return scratch / "release" / LIBRARY


class BuildWithLibrary(build_py):
    def run(self) -> None:
        super().run()
        library = build_library()
        # An editable installation imports from the sources.
        package = HERE / "src" if self.editable_mode else pathlib.Path(self.build_lib)
        shutil.copy2(library, package / "swift_seq2seq_losses" / LIBRARY)


class PlatformWheel(bdist_wheel):
    """A wheel for any Python 3 of one platform: the library is loaded, not linked."""

    def get_tag(self):
        return "py3", "none", platform_tag()


def platform_tag() -> str:
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if not platform.startswith("linux_"):
        return platform
    # PEP 600: the oldest C library that has every symbol version the library asks for.
    library = build_library().read_bytes()
    minor = max(int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", library))
    return platform.replace("linux_", f"manylinux_2_{minor}_")


class PlatformDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(
    distclass=PlatformDistribution,
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel},
)
