"""terang doctor, from the command line."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_doctor_tells_every_check_and_fails_when_one_does(tmp_path: Path) -> None:
    said = {}
    for form in ("--json", "--url=http://127.0.0.1:1"):
        said[form] = subprocess.run(
            [
                *(sys.executable, "-c", "from terang.cli import main; main()", "doctor"),
                *("--url", "http://127.0.0.1:1", form),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert said[form].returncode == 1, said[form].stderr
        assert "Traceback" not in said[form].stderr
    checks = json.loads(said["--json"].stdout)
    assert [each["name"] for each in checks if not each["ok"]] == ["chain"]
    lines = said["--url=http://127.0.0.1:1"].stdout.splitlines()
    assert sum(line.startswith(("✓", "✗")) for line in lines) == len(checks)
    assert any(line.startswith("✗ chain") for line in lines)
