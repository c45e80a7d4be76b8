"""The package: what importing costs and does, and which way imports point."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import anivault_loguru

PACKAGE = Path(anivault_loguru.__file__).parent

# From the ground up; a module imports only what stands before it. Modules of one floor that do
# not know each other stand in alphabetical order.
ORDER = """
    _version _speedups compiled
    aliases interruption disk living patterns short plain mending owned places fingerprint rotation
    shown stack substitute context
    formatting histogram collected instruments timers metrics process
    entry extra schemas layouts faults reports
    clues letters scan sieve formats names paths quotes stand_ins values separators addresses pem
    phrases blocks members named known texts documents templates masking stream
    errors tally summary alerts lag
    chain keys
    literals mistakes sources tables settings
    locks live batch gate survey verification commit mill retire ledger audited writer background
    journal render cutting seal board channel patcher
    _core message scope mould pouring lane lanes _express hooks intercept events monitor utf8
    exporters
    cli
    _figures _exports _trail _parts _configure _audit testing __init__ __main__
""".split()


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def imports_of(path: Path) -> set[str]:
    """The modules of the package that a file imports, at the top or inside functions."""
    found: set[str] = set()
    inside = path.parent != PACKAGE
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == 0 and module.split(".")[0] != "anivault_loguru":
                continue
            if node.level == 1 and inside:
                continue  # within its own folder
            base = module.removeprefix("anivault_loguru").strip(".")
            names = [base.split(".")[0]] if base else [alias.name for alias in node.names]
            found.update(name if name in ORDER else "__init__" for name in names)
    return found


def test_imports_point_only_downward() -> None:
    """No module imports one that stands above it in the house."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        assert name in ORDER, f"{path.name} has no place in the house"
        allowed = set(ORDER[: ORDER.index(name)])
        if name == "cli":
            # The demo is an application: it uses the public names like any other.
            allowed |= {"__init__"}
        wrong += [f"{name} imports {other}" for other in imports_of(path) - allowed - {name}]
    # __init__ fetches the public names on first touch; what it imports is for type checkers.
    assert [row for row in wrong if not row.startswith("__init__")] == []


def test_nothing_below_the_roof_knows_the_settings() -> None:
    """Every part gets plain values: only the roof and the `config` command read settings."""
    knowing = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if imports_of(path) & {"settings", "tables"}
    }
    assert knowing - {"cli", "settings.py"} <= {
        "_configure.py",
        "_exports.py",
        "_parts.py",
        "_trail.py",
        "__init__.py",
    }


def test_only_one_module_touches_loguru_privates() -> None:
    """What a new loguru may change is in one place."""
    touching = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"(from|import) loguru\._|loguru\.logger\._", path.read_text("utf-8"))
    }
    assert touching == {"_core.py"}


def test_importing_does_nothing() -> None:
    """`import anivault_loguru` loads itself and no other module, not even `typing`."""
    done = run(
        "import sys\n"
        "before = set(sys.modules)\n"
        "import anivault_loguru\n"
        "print(sorted(set(sys.modules) - before - {'__future__'}))"
    )
    assert done.stdout.strip() == "['anivault_loguru', 'anivault_loguru._version']", done.stderr


def test_importing_the_logger_touches_no_disk(tmp_path: Path) -> None:
    """Not before the first record is anything made; then it is."""
    code = (
        "import os, sys\n"
        "from anivault_loguru import configure, logger\n"
        "configure(level='DEBUG')\n"
        "print(os.listdir(sys.argv[0] or '.'))\n"
    )
    folder = tmp_path / "state"
    done = run(code.replace("sys.argv[0] or '.'", repr(str(tmp_path))), HOME=str(folder))
    assert done.returncode == 0, done.stderr
    assert not folder.exists()


def test_the_public_names_are_the_contract() -> None:
    """Everything in `__all__` is there; nothing else is offered."""
    for name in anivault_loguru.__all__:
        assert getattr(anivault_loguru, name) is not None
    assert dir(anivault_loguru) == sorted(anivault_loguru.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        anivault_loguru.nothing


def test_metrics_and_events_are_the_modules() -> None:
    """`metrics` and `events` are modules with the functions of the contract."""
    code = (
        "import json\n"
        "from anivault_loguru import metrics, events\n"
        "metrics.increment('n', 2, kind='a')\n"
        "metrics.gauge('g', 1.5)\n"
        "metrics.observe('h', 3)\n"
        "with metrics.timer('t'): pass\n"
        "print(json.dumps(metrics.snapshot()))"
    )
    done = run(code)
    snapshot = json.loads(done.stdout)
    assert snapshot["counters"] == {'n{kind="a"}': 2}
    assert snapshot["gauges"]["g"] == 1.5
    assert set(snapshot["histograms"]["t"]) == {"count", "min", "max", "avg", "p50", "p95", "p99"}
