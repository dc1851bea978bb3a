"""Look at a notebook as a learner sees it: run it in real JupyterLab, light and dark, and save its figures as PNG.

    python tools/screenshots.py 01_neuron                 every figure output, both themes
    python tools/screenshots.py 01_neuron --pages         the whole notebook too, one PNG a screenful
    python tools/screenshots.py my.ipynb --theme dark --out shots

Needs Chromium (or GROUNDUP_CHROMIUM=/path/to/it) and the packages of the group "test".
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import lab  # noqa: E402


def find_notebook(name):
    """The file meant by a path, or by a stem among the lectures and solutions."""
    candidates = [Path(name), ROOT / "lectures" / f"{name}.ipynb", ROOT / "solutions" / f"{name}.ipynb"]
    for path in candidates:
        if path.is_file():
            return path
    raise SystemExit(f"no notebook {name!r}; looked for {', '.join(map(str, candidates))}")


def look(browser, notebook, theme, out, *, pages=False, run=True):
    """Run one notebook under one theme and save what it shows; returns the texts of its error outputs."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, home = Path(name, "course"), Path(name, "home")
        folder.mkdir()
        shutil.copy(notebook, folder)
        page = browser.new_page(viewport={"width": 1300, "height": 1000}, device_scale_factor=1.5)
        with lab.server(folder, home, theme) as (address, token):
            lab.open_notebook(page, address, token, notebook.name)
            if run:
                lab.run_all(page, timeout=900)
            saved = lab.screenshots(page, out, f"{notebook.stem}-{theme}")
            saved += lab.pages(page, out, f"{notebook.stem}-{theme}") if pages else []
            errors = lab.errors(page)
            page.close()
    print(f"{notebook.name}, {theme}: {len(saved)} pictures in {out}", *errors, sep="\n")
    return errors


def main(arguments=None):
    """The command line; exits with 1 if a cell had an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", help="paths, or stems such as 01_neuron")
    parser.add_argument("--theme", choices=[*lab.THEMES, "both"], default="both")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "work" / "screenshots", help="default: work/screenshots, which git ignores"
    )
    parser.add_argument("--pages", action="store_true", help="save the whole notebook too, screen by screen")
    parser.add_argument("--no-run", dest="run", action="store_false", help="show the stored outputs instead of running")
    options = parser.parse_args(arguments)
    themes = list(lab.THEMES) if options.theme == "both" else [options.theme]
    failed = False
    with lab.browser() as browser:
        for notebook in map(find_notebook, options.notebooks):
            for theme in themes:
                failed |= bool(look(browser, notebook, theme, options.out, pages=options.pages, run=options.run))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
