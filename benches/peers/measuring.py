"""What every comparison needs: the time of a piece of work, the memory of a process, a process on so many CPUs."""
import os
import statistics
import subprocess
import time


def timed(repeats, work):
    """The seconds of each run, and the last result; the one before is dropped untimed."""
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
    """Runs a command to its end on the first so many CPUs."""
    command = [str(word) for word in command]
    pin = lambda: os.sched_setaffinity(0, range(cpus))
    return subprocess.run(command, preexec_fn=pin, capture_output=True, text=True)


def median(seconds):
    return statistics.median(seconds)
