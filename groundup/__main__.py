"""The command ``groundup``: open the course, prepare the learner's copies, test the environment."""

import argparse
import sys
from importlib import metadata

from groundup.doctor import checks, doctor
from groundup.launch import LaunchError, check_start_page, launch
from groundup.paths import ROOT, WORK
from groundup.prepare import PrepareError, course_files, prepare


def main(argv: list[str] | None = None) -> int:
    """Run the command with these arguments (default: the command line's); return the exit code."""
    asked = _parser().parse_args(argv)
    try:
        return {"open": _open, "prepare": _prepare, "doctor": _doctor}[asked.command](asked)
    except (PrepareError, LaunchError) as error:
        print(f"groundup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell expects after Ctrl-C


def _open(asked: argparse.Namespace) -> int:
    course_files(ROOT)
    check_start_page(ROOT)
    _prepare(asked)
    for check in checks(thorough=False):
        if not check.ok:
            print(check)
    print("Starting JupyterLab ...", flush=True)
    launch(WORK, port=asked.port, browser=asked.browser)
    return 0


def _prepare(asked: argparse.Namespace) -> int:
    print(prepare(ROOT, WORK), flush=True)
    return 0


def _doctor(asked: argparse.Namespace) -> int:
    return 1 if doctor() else 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        """Show the whole help, not the usage line alone, and what was wrong."""
        self.print_help(sys.stderr)
        self.exit(2, f"\ngroundup: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="groundup",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Ground Up: learn neural networks by building them.\n\n"
        "  groundup           bring your copies in work/ up to date and open the course in JupyterLab\n"
        "  groundup prepare   only bring your copies up to date; what you wrote is never overwritten\n"
        "  groundup doctor    test this computer: one line per requirement, with the remedy where one fails",
    )
    commands = ["open", "prepare", "doctor"]
    parser.add_argument("command", nargs="?", default="open", choices=commands, help="open, unless you say otherwise")
    parser.add_argument("--port", type=_port, help="serve on this port (default 8888); if it is in use, on another")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="print the address, open nothing")
    parser.add_argument("--version", action="version", version=f"Ground Up {_version()}")
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text}")
    return int(text)


def _version() -> str:
    try:
        return metadata.version("groundup")
    except metadata.PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
