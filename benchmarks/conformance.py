"""loguru's own tests with our logger in the place of loguru's.

    python -m pip install freezegun colorama
    python -m benchmarks.conformance [PYTEST ARGUMENT …]

The tests are those of loguru 0.7.2: the last release whose source distribution has them. They are
run twice, with loguru's logger and with ours; shown are those that only ours fails. Each of them is
of one of these kinds:

- ours does not raise for what is logged: a field without its argument, broken markup, a message
  whose formatting fails (`test_formatting`, `test_levels`, `test_opt`);
- ours says its own name in `repr` (`test_repr`);
- copied, pickled or sent to a spawned process, ours keeps what was bound and uses the core of the
  process it is in, with that one's sinks (`test_deepcopy`, `test_locks`, `test_multiprocessing`,
  `test_pickling`, `test_complete_with_sub_processes`);
- `diagnose` is off (`test_file_sink_…_encoding`);
- with `opt(colors=True)`, a width that another field gives is not filled in
  (`test_colors_with_message_specs`).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_LEFT_OUT = ("tests/test_type_hinting.py", "tests/typesafety")
_PLUGIN = """
import freezegun, loguru, loguru._logger
freezegun.configure(extend_ignore_list=["anivault_loguru"])  # it looks at every lazy name
from anivault_loguru import _core, _express

def fresh():
    _core.core.__init__()
    return _core.core

loguru.logger = _express.logger
loguru._logger.Core = fresh
"""


def sources(folder: Path) -> Path:
    """Get the source distribution, and return the folder of its tests' parent."""
    command = "pip download -q --no-deps --no-binary :all: loguru==0.7.2 -d".split()
    subprocess.run([sys.executable, "-m", *command, folder], check=True)
    with tarfile.open(next(folder.glob("loguru-*.tar.gz"))) as archive:
        members = [it for it in archive.getmembers() if it.name.split("/")[1:2] == ["tests"]]
        archive.extractall(folder, members)
    return next(folder.glob("loguru-*/tests")).parent


def failing(root: Path, ours: bool, arguments: list[str]) -> set[str]:
    """Run the tests in `root`, and return the names of those that fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", *arguments]
    command += [f"--ignore={path}" for path in _LEFT_OUT]
    if ours:
        (root / "our_logger.py").write_text(_PLUGIN)
        command[3:3] = ["-p", "our_logger"]
    environ = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{Path(__file__).parent.parent}"}
    done = subprocess.run(
        command, check=False, cwd=root, env=environ, capture_output=True, text=True
    )
    print(f"{'ours' if ours else 'loguru'}: {done.stdout.splitlines()[-1]}")
    return set(re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", done.stdout, re.MULTILINE))


def main() -> None:
    """Print the tests that only our logger fails."""
    with tempfile.TemporaryDirectory() as folder:
        root = sources(Path(folder))
        theirs = failing(root, False, sys.argv[1:])
        for name in sorted(failing(root, True, sys.argv[1:]) - theirs):
            print(name)


if __name__ == "__main__":
    main()
