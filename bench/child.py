"""Runs `-c CODE` or `MODULE ARGUMENT…` as the main program, then says on standard error what it cost."""

import re
import resource
import runpy
import sys
from pathlib import Path


def peak() -> float:
    """Peak memory of this program in megabytes. `ru_maxrss` will not do: it begins with that of whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def main(arguments: list[str]) -> None:
    if arguments[0] == "-c":
        exec(compile(arguments[1], "<benchmark>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    sys.path[0] = ""
    try:
        main(sys.argv[1:])
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        sys.stderr.write(f"\n{usage.ru_utime + usage.ru_stime} {peak()}\n")
