"""Times two plaudit binaries against each other, kernel by kernel and on a whole job.

    python3 benches/paired.py OLD NEW [--edges FILE] [--job CONFIG] [--runs 9] [--threads 1 2]

Runs take turns (old, new, old, new, ...), so that a drift of the machine's speed affects both equally. Kernels report
their own times (`--timings`); the job is timed as a process. Prints the medians and the ratio new/old of each row, with
the number that the kernel certifies, which must be equal for both binaries.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

KERNELS = {
    "build": (["stats"], "build_s", "edges"),
    "pagerank": (["pagerank", "--tolerance", "1e-9"], "compute_s", "rounds"),
    "leiden": (["leiden", "--undirected"], "compute_s", "modularity"),
    "hyperball": (["reach", "--hops", "3"], "compute_s", "rounds"),
    "cohort": (["cohort", "--size", "50"], "compute_s", "spread"),
}


def kernel(binary, arguments, edges, threads, folder):
    """The timings of one run of a kernel."""
    timings = os.path.join(folder, "timings.json")
    output = os.path.join(folder, "output.csv")
    name, *options = arguments
    command = [binary, "algo", name, edges, "-o", output, "--timings", timings, "--threads", str(threads), *options]
    subprocess.run(command, check=True, capture_output=True)
    with open(timings, encoding="utf-8") as file:
        return json.load(file)


def job(binary, config, threads, folder):
    """The seconds of one whole job in a new store."""
    store = os.path.join(folder, "store")
    shutil.rmtree(store, ignore_errors=True)
    start = time.perf_counter()
    command = [binary, "run", "-c", config, "--out", store, "--threads", str(threads)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def row(name, threads, old, new, answers):
    """Prints one row of the table."""
    old, new = statistics.median(old), statistics.median(new)
    same = "same answer" if len(set(answers)) <= 1 else f"ANSWERS DIFFER: {sorted(set(answers))}"
    print(f"| {name} | {threads} | {old:.4f} | {new:.4f} | {new / old:.3f} | {same} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--edges", help="an edge list for the kernels")
    parser.add_argument("--job", help="the configuration of a whole job")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kernels", nargs="+", default=list(KERNELS), choices=list(KERNELS))
    options = parser.parse_args()
    binaries = [os.path.abspath(options.old), os.path.abspath(options.new)]
    if not options.edges and not options.job:
        sys.exit("name --edges, --job, or both")
    print("| what | threads | old, s | new, s | new/old | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for threads in options.threads:
            for name in options.kernels if options.edges else []:
                arguments, key, answer = KERNELS[name]
                seconds, answers = ([], []), []
                for _ in range(options.runs + 1):
                    for binary, times in zip(binaries, seconds):
                        told = kernel(binary, arguments, options.edges, threads, folder)
                        times.append(told[key])
                        answers.append(told.get(answer))
                # The first run of each binary is a warm-up and is dropped.
                row(name, threads, seconds[0][1:], seconds[1][1:], answers)
            if options.job:
                seconds = ([], [])
                for _ in range(options.runs + 1):
                    for binary, times in zip(binaries, seconds):
                        times.append(job(binary, options.job, threads, folder))
                row("job", threads, seconds[0][1:], seconds[1][1:], [])


if __name__ == "__main__":
    main()
