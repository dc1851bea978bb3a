"""What a lecture promises to reach, measured in the lecture itself; and what running it costs.

``milestone`` and ``chapter_cost`` show a line to the reader and leave the same facts in the notebook in a form that a
program reads. The table in the README is made from those, so that nobody types a result by hand.
"""

import html
import json
import math
import os
import platform
import re
import sys
import time
from pathlib import Path

import psutil

from groundup import paths

MILESTONE_MIME = "application/vnd.groundup.milestone+json"
COST_MIME = "application/vnd.groundup.cost+json"

MEETS = {
    "at least": lambda value, bound: value >= bound,
    "at most": lambda value, bound: value <= bound,
    "exactly": lambda value, bound: value == bound,
}


class MilestoneError(AssertionError):
    """A measured value missed its bound, or is not a finite number."""


def milestone(name, text, value, *, at_least=None, at_most=None, exactly=None, unit="", digits=None):
    """Compare a measured value with the bound that this chapter promises; show both, or raise where it is missed.

    A bound on seconds (``unit="s"``) is never a reason to stop: a busy machine says more about itself than about the
    network, so what it took is shown and the notebook goes on. The built notebooks must have reached it;
    ``tools/numbers_table.py`` holds that.

    Parameters
    ----------
    name : str
        Short name by which programs find this milestone, for example ``"penguins"``.
    text : str
        What was measured, in words, for example ``"Adelie or Gentoo, mean test error over 20 random splits"``.
    value : number
        The measured value (an array of one element will do). With ``unit="%"`` it is a fraction: 0.009 shows as 0.9 %.
    at_least, at_most, exactly : number, optional
        The bound, in the same unit as ``value``: one of them, or ``at_least`` and ``at_most`` together.
    unit : str
        Shown after the number.
    digits : int, optional
        Decimals shown: 1 for "%" and 3 otherwise, unless given. The comparison is made before rounding.

    Raises
    ------
    MilestoneError
        If the value misses the bound (unless it counts seconds) or is not finite.
    ValueError
        If there is no bound, the bounds contradict each other, or the value is not one number.
    """
    number = as_number(name, value)
    bounds = as_bounds(name, at_least, at_most, exactly)
    asked = " and ".join(f"{words} {with_unit(bound, unit, '.10g')}" for words, bound in bounds.items())
    # NaN would fail every comparison; infinity would pass "at least".
    met = math.isfinite(number) and all(MEETS[words](number, bound) for words, bound in bounds.items())
    if not met and (unit != "s" or not math.isfinite(number)):
        # More digits than usual, so that 2.004 % against 2 % does not read as 2.0 %.
        measured = with_unit(number, unit, ".6g")
        raise MilestoneError(f"{text}: measured {measured}, but the milestone {name!r} asks for {asked}.")
    decimals = digits if digits is not None else 1 if unit == "%" else 3
    shown = with_unit(number, unit, f",.{decimals}f")
    facts = {"name": name, "text": text, "value": number, "shown": shown, "bound": asked, "unit": unit}
    if not met:
        facts["missed"] = True
    end = "reached" if met else "not reached, on this machine and this time"
    show_line(f"{text}: {shown} (milestone: {asked}) {end}", MILESTONE_MIME, facts)


def chapter_cost():
    """Show how long this notebook has run, in seconds, and the most memory it has held, in MB (10⁶ bytes).

    The time counts from the start of the kernel's process: in the last cell of a fresh run it is the chapter's cost.
    """
    seconds = time.time() - psutil.Process().create_time()
    peak_mb = peak_memory() / 1e6
    facts = {"seconds": round(seconds, 1), "peak_mb": round(peak_mb)}
    show_line(f"This notebook: {seconds:.0f} s, peak memory {peak_mb:.0f} MB", COST_MIME, facts)


def reached(folder=None):
    """Return every milestone that the built lectures hold, so that a later chapter can look back at them.

    Parameters
    ----------
    folder : path, optional
        Where the lectures are; those of this checkout unless given.

    Returns
    -------
    dict
        name → its facts: "text", "value", "shown", "bound", "unit", and "stem", the lecture that measured it.
    """
    found = {}
    for path in sorted((folder or paths.ROOT / "lectures").glob("[0-9][0-9]_*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
        for facts in (output.get("data", {}).get(MILESTONE_MIME) for output in outputs):
            if facts:
                found[facts["name"]] = {**facts, "stem": path.stem}
    return found


def as_number(name, value):
    """Return a number, or an array of one element, as a float; ValueError for anything else."""
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"milestone {name!r}: value must be one number, but is {type(value).__name__} {value!r:.60}. "
            "Give its mean, or one element of it."
        ) from error


def as_bounds(name, at_least, at_most, exactly):
    """Return the bounds that were given, as a dictionary from words to float; ValueError where they make no sense."""
    given = {"at least": at_least, "at most": at_most, "exactly": exactly}
    bounds = {words: float(bound) for words, bound in given.items() if bound is not None}
    if not bounds:
        raise ValueError(f"milestone {name!r} has no bound. Give at_least=, at_most= or exactly=.")
    if not all(map(math.isfinite, bounds.values())):
        raise ValueError(f"milestone {name!r}: a bound must be a finite number, but the bounds are {bounds}.")
    if "exactly" in bounds and len(bounds) > 1:
        raise ValueError(f"milestone {name!r} has exactly= beside another bound. Give exactly= alone.")
    if bounds.get("at least", -math.inf) > bounds.get("at most", math.inf):
        raise ValueError(f"milestone {name!r}: at_least={at_least} lies above at_most={at_most}; nothing meets both.")
    return bounds


def with_unit(number, unit, form):
    """Return the number in the format ``form`` with its unit; a fraction becomes a percentage."""
    return f"{100 * number if unit == '%' else number:{form}} {unit}".rstrip()


def peak_memory():
    """Return the most memory, in bytes, that this process has held at once (Linux, macOS, Windows)."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a new process inherits that from the one that started it.
        kilobytes = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        if kilobytes:
            return 1024 * int(kilobytes[0])
    import resource  # Windows has no such module

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def show_line(text, mime, facts):
    """Display one line with its facts in a notebook; print it elsewhere."""
    if not in_ipython():
        print(text)
        return
    from IPython.display import display

    # The green of a reached goal; where styles are stripped, the words say the same.
    styled = f'<div style="border-left: 4px solid #009E73; padding: 2px 10px">{html.escape(text)}</div>'
    display({"text/plain": text, "text/html": styled, mime: facts}, raw=True)


def in_ipython():
    """Return whether this code runs inside IPython, which alone can show more than text."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def processor() -> str:
    """Return the processor's kind, and how many cores this process may use, such as "AMD EPYC, 2 cores"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name, info = platform.processor(), Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        name = found[1].strip() if found else name
    return f"{name or platform.machine()}, {cores} core{'' if cores == 1 else 's'}"
