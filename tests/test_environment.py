"""The ways to install the course agree: pyproject.toml, environment.yml, the README, .ci/run and the workflow."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
OPEN = "python -m pip install uv && python -m uv run groundup"
TEST = "python -m pip install uv && python -m uv run --group test pytest"


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads(text("pyproject.toml"))


@pytest.fixture(scope="module")
def conda():
    return yaml.safe_load(text("environment.yml"))


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load(text(".github/workflows/ci.yml"))


def ranges(requirements):
    """Map a requirement's name to its lower bound; raises where it says anything else."""
    found = {}
    for requirement in requirements:
        match = re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement)
        assert match, f"{requirement!r} is not of the form name>=version"
        found[match[1]] = match[2]
    return found


def conda_packages(conda):
    return [entry for entry in conda["dependencies"] if isinstance(entry, str)]


def test_conda_has_the_same_packages_with_the_same_lower_bounds(pyproject, conda):
    others = [entry for entry in conda_packages(conda) if not re.match(r"(python|pip)\b", entry)]
    assert ranges(others) == ranges(pyproject["project"]["dependencies"])


def test_python_is_at_least_3_11_everywhere(pyproject, conda):
    assert pyproject["project"]["requires-python"] == ">=3.11"
    (python,) = [entry for entry in conda_packages(conda) if entry.startswith("python")]
    # One series: repo2docker reads nothing else, and would start from a Python older than ours.
    series = re.fullmatch(r"python=(\d+)\.(\d+)", python)
    assert series and (int(series[1]), int(series[2])) >= (3, 11)
    assert sys.version_info >= (3, 11)


def test_conda_installs_the_checkout_itself(conda):
    pip = [entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict)]
    assert pip == [["-e ."]]
    assert conda["name"] == "groundup"
    assert conda["channels"] == ["conda-forge"]


def test_dependency_groups_are_ranges_and_leave_pytorch_out(pyproject):
    groups = pyproject["dependency-groups"]
    named = [entry for group in groups.values() for entry in group if isinstance(entry, str)]
    everything = ranges(named) | ranges(pyproject["project"]["dependencies"])
    assert {"pytest", "nbval", "numpy"} <= set(everything)
    assert not {"torch", "pytorch", "jax", "tensorflow"} & set(everything)
    assert not pyproject["project"].get("optional-dependencies")


def test_no_lock_file_is_committed():
    assert "/uv.lock" in text(".gitignore").splitlines()
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "*.lock"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert listed.stdout == ""


@pytest.mark.parametrize("command", [OPEN, TEST], ids=["open", "test"])
def test_the_readme_gives_the_two_commands(command):
    assert command in text("README.md").splitlines()


def test_ci_ends_with_the_readmes_test_command():
    lines = text(".ci/run").splitlines()
    assert lines[0] == "#!/bin/bash"
    assert lines[-1] == TEST, "pytest's closing line and exit code shall be the last"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no bit that makes a file executable")
@pytest.mark.parametrize("name", [".ci/run", "postBuild"])
def test_scripts_can_be_run_and_read_by_bash(name):
    assert os.access(ROOT / name, os.X_OK)
    assert b"\r" not in (ROOT / name).read_bytes()
    if shutil.which("bash"):
        subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


def test_binder_prepares_the_learners_copies():
    assert "groundup prepare" in text("postBuild").splitlines()


def test_the_binder_badge_opens_the_start_page():
    assert re.search(r"mybinder\.org/v2/\S+\?urlpath=lab/tree/work/lectures/00_start\.ipynb\)", text("README.md"))


def test_the_workflow_covers_three_systems_oldest_and_newest_weekly(workflow):
    # YAML 1.1 reads the key "on" as true.
    assert workflow[True]["schedule"], "weekly"
    assert len(workflow[True]["schedule"][0]["cron"].split()) == 5
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    oldest, newest = matrix["include"]
    assert (oldest["python"], oldest["resolution"]) == ("3.11", "lowest-direct")
    assert newest["resolution"] == "highest"
    assert tuple(map(int, newest["python"].split("."))) > (3, 11)
    assert matrix["packages"] == [one["packages"] for one in matrix["include"]]


def test_the_workflow_runs_the_readmes_commands(workflow):
    steps = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in workflow["jobs"].items()}
    assert TEST in steps["test"]
    assert steps["plain-pip"] == ["python -m pip install -e .", "groundup prepare", "groundup doctor"]
    assert "continue-on-error" not in text(".github/workflows/ci.yml")


@pytest.fixture(scope="module")
def dry_run():
    """What repo2docker would do with this repository; it builds nothing, and needs no Docker for that."""
    if os.name == "nt":
        pytest.skip("repo2docker does not run on Windows")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--user-id=1000", "--user-name=jovyan"]
    return subprocess.run([*command, str(ROOT)], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_repo2docker_accepts_the_repository(dry_run):
    assert dry_run.returncode == 0, dry_run.stderr
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in dry_run.stdout
    assert "RUN ./postBuild" in dry_run.stdout
    # The checkout must lie there before `pip install -e .` can find it.
    assert re.search(r"(?s)COPY --chown=\S+ src/.*--file \"environment\.yml\".*RUN \./postBuild", dry_run.stdout)


def test_repo2docker_starts_from_our_python(dry_run, conda):
    (python,) = [entry for entry in conda_packages(conda) if entry.startswith("python=")]
    assert f"Building conda environment for {python}" in dry_run.stdout + dry_run.stderr
