"""The project is clean by its own tools, as configured in `pyproject.toml`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent

CHECKS = {
    "contracts between rooms": ["lint-imports", "--no-logo"],
    "ruff": ["ruff", "check", "--quiet"],
    "ruff format": ["ruff", "format", "--check", "--quiet"],
    "types": ["mypy", "--no-error-summary"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_project_is_clean(name: str) -> None:
    tool, *arguments = CHECKS[name]
    command = [str(TOOLS / tool), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line for line in (done.stdout + done.stderr).splitlines() if ": note: " not in line]
        pytest.fail("\n".join([" ".join([tool, *arguments]), *told]), pytrace=False)
