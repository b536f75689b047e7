"""Runs `-c CODE` or `MODULE ARGUMENT…` as the main program, then says on standard error what it cost."""

import resource
import runpy
import sys


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
        sys.stderr.write(f"\n{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}\n")
