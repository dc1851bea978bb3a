"""Make the notebooks of lectures/, exercises/ and solutions/ from source/.

    python tools/build.py                      build everything
    python tools/build.py --only 01_neuron     one chapter
    python tools/build.py --no-execute         do not run lectures and solutions (a quick look; --check will complain)
"""

import argparse
import hashlib
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import nbformat
from execute import RunError, run
from nbformat import v4
from source import Cell, Source, SourceError, read_source

ROOT = Path(__file__).resolve().parent.parent


def with_ids(cells):
    seen = Counter()
    out = []
    for cell in cells:
        digest = hashlib.sha256(f"{cell.kind}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        out.append(replace(cell, id=digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"))
    return out


def as_notebook(source: Source, cells: list[Cell], kind):
    nb = v4.new_notebook()
    nb.metadata = metadata(source, kind)
    for c in cells:
        make = v4.new_code_cell if c.kind == "code" else v4.new_markdown_cell
        nb.cells.append(make(c.source, id=c.id, metadata={"tags": list(c.tags)} if c.tags else {}))
    return nb


def metadata(source, kind):
    return nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3", "codemirror_mode": {"name": "ipython", "version": 3}, "nbconvert_exporter": "python"},
        "groundup": {"source_sha256": source.sha256, "stem": source.path.stem},
    })


def main(argv=None, root=ROOT):
    p = argparse.ArgumentParser()
    p.add_argument("--only", nargs="+")
    p.add_argument("--no-execute", action="store_true")
    a = p.parse_args(argv)
    try:
        for path in sorted((root / "source/lectures").glob("*.md")):
            if a.only and path.stem not in a.only:
                continue
            s = read_source(root, path.relative_to(root))
            cells = with_ids(s.cells)
            nb = as_notebook(s, cells, "lecture")
            out = root / "lectures" / f"{path.stem}.ipynb"
            out.parent.mkdir(exist_ok=True)
            t = time.time()
            if not a.no_execute:
                try:
                    run(nb, out.parent, False, 300)
                except RunError as e:
                    c = cells[e.index]
                    print(f"{s.path.as_posix()}:{c.line + e.line - 1}: cell failed\n{e.message}", file=sys.stderr)
                    return 1
                nb.metadata = metadata(s, "lecture")
                for c in nb.cells:
                    c.metadata.pop("execution", None)
            out.write_text(nbformat.writes(nb) + "\n", encoding="utf-8", newline="\n")
            print(f"{out.relative_to(root)}: {len(cells)} cells, {time.time()-t:.1f} s")
    except SourceError as e:
        print(e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
