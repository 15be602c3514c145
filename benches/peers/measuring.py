"""Helpers of all comparisons: time a piece of work, measure the memory of a process, pin a process to CPUs."""
import os
import statistics
import subprocess
import time


def timed(repeats, work):
    """The seconds of each run, and the last result; dropping the previous result is not timed."""
    seconds, result = [], None
    for _ in range(repeats):
        result = None
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def peak_rss_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def pinned(command, cpus):
    """Runs a command to its end on the first `cpus` CPUs."""
    command = [str(word) for word in command]
    pin = lambda: os.sched_setaffinity(0, range(cpus))
    return subprocess.run(command, preexec_fn=pin, capture_output=True, text=True)


def median(seconds):
    return statistics.median(seconds)
