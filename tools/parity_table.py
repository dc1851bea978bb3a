"""Compare everything with PyTorch and write what was found into docs/parity.md.

python tools/parity_table.py              run all cases and write the table; needs PyTorch
python tools/parity_table.py --check      write nothing; tell whether the table has the cases that there are

The cases and what is compared are in tests/parity/.
"""

import argparse
import math
import sys
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "parity.md"
sys.path.insert(0, str(ROOT / "tests" / "parity"))

from parity_cases import CASES  # noqa: E402
from parity_harness import CURVE, FLOAT32, FLOAT64, LARGEST, Case, Deviation, measure  # noqa: E402

TITLES = {
    "operation": "Operations on tensors",
    "function": "Functions",
    "loss": "Losses",
    "layer": "Layers",
    "optimizer": "Optimizers and clipping, 50 steps",
    "schedule": "Schedules, 50 steps",
    "model": "Whole models, 50 steps",
}

HEAD = f"""# Beside PyTorch

What Ground Up computes, compared with PyTorch. `python tools/parity_table.py` runs all of it and writes this page; the
tests in `tests/parity/` hold the limits.

The same lines run under both packages on the same numbers. Compared are all results, the slopes of all inputs and
weights, and the layers' buffers; *arrays* says how many that is. Layers have the same weights, moved by `state_dict`.

- **float64**: the largest difference in an array over the largest number in it, rounded up to a power of ten; at most
  {FLOAT64:.0e}, for the loss curves of whole models {CURVE:.0e}.
- **float32**: Ground Up's error over PyTorch's own, both against PyTorch in float64; below 1 Ground Up is nearer to the
  truth. The error is the root of the mean square over an array and several draws; the ratio is at most {FLOAT32:.0f}.
- **largest**: the same of the largest single errors, in which luck plays a part; at most {LARGEST:.0f}.

An error of PyTorch's that is next to nothing counts as a quarter of a unit in the last place of the array's largest
number (as a whole unit for the largest). Each column shows a case's worst array.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the rows with the cases; write nothing")
    if parser.parse_args(argv).check:
        return check()
    try:
        import torch
    except ModuleNotFoundError:
        print("PyTorch is not installed: see CONTRIBUTING.md.", file=sys.stderr)
        return 1
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = {case: measure(case) for case in CASES}
    made = f"Made with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}."
    TABLE.write_text(page(found, made), encoding="utf-8", newline="\n")
    faults = [f"{case}: {fault}" for case, deviation in found.items() for fault in deviation.faults(case)]
    print("\n".join([*faults, f"{TABLE.relative_to(ROOT)}: {len(found)} cases, {len(faults)} faults."]))
    return 1 if faults else 0


def check() -> int:
    """Say which rows are missing, and which have no case."""
    rows, wanted = names(TABLE.read_text(encoding="utf-8")), [label(case) for case in CASES]
    faults = [f"no row for {name}" for name in wanted if name not in rows]
    faults += [f"no case for the row {name}" for name in rows if name not in wanted]
    print("\n".join(faults) or f"{TABLE.relative_to(ROOT)} has all {len(wanted)} cases.")
    if faults:
        print("Run python tools/parity_table.py.", file=sys.stderr)
    return 1 if faults else 0


def names(text: str) -> list[str]:
    """The first cells of the page's rows."""
    cells = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")]
    return [cell for cell in cells if cell not in ("what", "---")]


def label(case: Case) -> str:
    """What stands in the first cell."""
    return f"{case.kind}: {case.name}" if case.kind in ("loss", "layer") else case.name


def page(found: dict[Case, Deviation], made: str) -> str:
    """The whole page; ``made`` says with what."""
    parts = [f"{HEAD}\n{made}\n"]
    for kind, title in TITLES.items():
        rows = [row(case, deviation) for case, deviation in found.items() if case.kind == kind]
        parts.append(
            f"## {title}\n\n| what | arrays | float64 | float32 | largest |\n| --- | --: | --: | --: | --: |\n"
        )
        parts[-1] += "".join(rows)
    return "\n".join(parts)


def row(case: Case, deviation: Deviation) -> str:
    """One line of the table."""
    cells = [label(case), str(deviation.arrays), power(deviation.float64)]
    cells += ["" if r is None else f"{r:.1f}" for r in (deviation.float32, deviation.largest)]
    return "| " + " | ".join(cells) + " |\n"


def power(difference: float) -> str:
    """Rounded up to a power of ten."""
    return "0" if difference == 0 else f"1e{math.ceil(math.log10(difference))}"


if __name__ == "__main__":
    sys.exit(main())
