"""Compiles `speedups/` into the package where that can be done; elsewhere its twins serve."""

from __future__ import annotations

import os
import platform
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES = "anivault_loguru/speedups"


class Speedups(BuildHookInterface[Any]):
    """Compile with the compiler that this Python was made with; without one, say so and go on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the module, and add it to the wheel."""
        if not _can_be_compiled():
            return
        file = f"anivault_loguru/_speedups{sysconfig.get_config_var('EXT_SUFFIX')}"
        try:
            _compile(Path(self.root), file)
        except Exception as error:
            self.app.display_warning(f"speedups/ is not compiled: {error}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(Path(self.root, file))] = file


def _can_be_compiled() -> bool:
    return (
        os.name == "posix"
        and platform.python_implementation() == "CPython"
        and not sysconfig.get_config_var("Py_GIL_DISABLED")
        and not os.environ.get("ANIVAULT_LOGURU_PURE")
    )


def _compile(root: Path, file: str) -> None:
    from setuptools import Distribution, Extension

    # Hidden: a name that another library has, too, is not taken for its.
    module = Extension(
        "anivault_loguru._speedups",
        sorted(f"{_SOURCES}/{source.name}" for source in Path(root, _SOURCES).glob("*.c")),
        extra_compile_args=["-g0", "-fvisibility=hidden"],
    )
    with tempfile.TemporaryDirectory() as scratch:
        command = Distribution({"ext_modules": [module]}).get_command_obj("build_ext")
        command.build_temp = command.build_lib = scratch
        before = Path.cwd()
        os.chdir(root)
        try:
            command.ensure_finalized()
            command.run()
        finally:
            os.chdir(before)
        # Renamed into place: a process that has the old one loaded keeps it.
        made = Path(scratch, file)
        whole = root / f"{file}.{os.getpid()}"
        try:
            whole.write_bytes(made.read_bytes())
            os.replace(whole, root / file)
        finally:
            whole.unlink(missing_ok=True)  # on a full disk, a piece that the wheel would take in
