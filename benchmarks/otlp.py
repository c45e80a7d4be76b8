"""What sending to a collector costs the log call: with OTLP and without, in one run, interleaved.

    python -m benchmarks.otlp

Each round is a process of its own. `burst`: 20,000 calls without a pause, the mean of all, so that
whatever the sending thread takes from them is in it. `paced`: one call each 0.3 ms for a while, the
median. The collector is a process that takes everything.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BURST, PACED = 20_000, 2_000


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    print(server.server_port, flush=True)
    server.serve_forever()


def measure(endpoint: str, folder: str) -> None:
    from anivault_loguru import configure, logger, metrics, shutdown

    otlp = {"endpoint": endpoint} if endpoint else {"enabled": False}
    configure(dir=folder, console={"enabled": False}, otlp=otlp)
    log = logger.bind(component="pipeline", request_id="ab12")

    def call(n: int) -> None:
        log.info("processed {n} files", n=n)

    for n in range(500):
        call(n)
    time.sleep(1.5)
    begun = time.perf_counter()
    for n in range(BURST):
        call(n)
    burst = (time.perf_counter() - begun) / BURST
    time.sleep(0.2)
    paced = []
    for n in range(PACED):
        begun = time.perf_counter()
        call(n)
        paced.append(time.perf_counter() - begun)
        time.sleep(0.0003)
    shutdown()
    lost = metrics.counter("records_dropped", channel="otlp").value
    print(json.dumps([burst * 1e6, statistics.median(paced) * 1e6, lost]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    this = [sys.executable, "-m", "benchmarks.otlp"]
    server = subprocess.Popen([*this, "serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    endpoint = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    found: dict[str, list[list[float]]] = {"without": [], "with": []}
    try:
        for _ in range(rounds):
            for name, where in (("without", ""), ("with", endpoint)):
                with tempfile.TemporaryDirectory() as folder:
                    command = [*this, "measure", where, str(Path(folder) / "logs")]
                    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                found[name].append(json.loads(done.stdout))
    finally:
        server.terminate()
        server.wait()
    print("| calls | without, µs | with, µs | ratio |\n|---|---:|---:|---:|")
    for place, calls in enumerate(("burst", "paced")):
        without, with_ = (
            statistics.median(row[place] for row in found[name]) for name in ("without", "with")
        )
        print(f"| {calls} | {without:.2f} | {with_:.2f} | {with_ / without:.2f} |")
    print(f"dropped: {sum(row[2] for row in found['with']):.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    elif sys.argv[1:2] == ["measure"]:
        measure(*sys.argv[2:4])
    else:
        main()
