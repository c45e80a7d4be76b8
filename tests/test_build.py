"""The wheel: with the compiled part where there is a compiler, and without where there is none."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from anivault_loguru import compiled

REPOSITORY = Path(__file__).parent.parent
SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is built from: the compiled module is put beside its source."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(REPOSITORY / name, copy)
    shutil.copytree(REPOSITORY / "config", copy / "config")
    kept_out = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(REPOSITORY / "anivault_loguru", copy / "anivault_loguru", ignore=kept_out)
    return copy


def wheel(tree: Path, **environ: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=tree,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = (tree / "dist").iterdir()
    return made


def says(made: Path, folder: Path) -> str:
    """What doctor says of the lane in a process that has the wheel alone."""
    with zipfile.ZipFile(made) as archive:
        assert not [name for name in archive.namelist() if "/speedups" in name]
        archive.extractall(folder)
    code = "from anivault_loguru.compiled import Method\nprint(Method is not None)"
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.skipif(compiled.Method is None, reason="nothing is compiled here")
def test_with_a_compiler_the_wheel_is_of_this_python(tree: Path, tmp_path: Path) -> None:
    """It holds the module, and says so in its name; another Python's is not taken along."""
    (tree / "anivault_loguru/_speedups.cpython-39-other.so").write_bytes(b"")
    made = wheel(tree)
    assert "none-any" not in made.name
    with zipfile.ZipFile(made) as archive:
        modules = [name for name in archive.namelist() if name.endswith(".so")]
    assert modules == [f"anivault_loguru/_speedups{SUFFIX}"]
    assert says(made, tmp_path / "installed") == "True"


@pytest.mark.parametrize("environ", [{"CC": "no-such-compiler"}, {"ANIVAULT_LOGURU_PURE": "1"}])
def test_without_one_the_wheel_is_for_any(
    tree: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    """Nothing fails: the twins are always there."""
    made = wheel(tree, **environ)
    assert made.name.endswith("py3-none-any.whl")
    assert says(made, tmp_path / "installed") == "False"


@pytest.mark.skipif(compiled.Method is None, reason="nothing is compiled here")
def test_a_build_that_fails_leaves_nothing_behind(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that can't be put in its place is not found by the next wheel."""
    spec = importlib.util.spec_from_file_location("hatch_build", tree / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)

    def full(*of: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no room"):
        build._compile(tree, f"anivault_loguru/_speedups{SUFFIX}")
    assert not list((tree / "anivault_loguru").glob("*.so*"))
