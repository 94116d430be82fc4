"""A source whose pages need a browser is refused where the extra for it is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """[[sources]]
id = "port"
kind = "feed"
url = "https://port.example/feed"
javascript = true
"""
PROGRAM = """
import sys
from pathlib import Path
sys.modules["playwright"] = None
from monitor.config import load
from monitor.errors import ConfigError
try:
    load(Path(sys.argv[1]), {}, Path(sys.argv[1]).parent)
except ConfigError as error:
    print(error)
"""


def test_without_the_extra_the_config_says_its_name(tmp_path: Path) -> None:
    file = tmp_path / "storywatch.toml"
    file.write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'storywatch[javascript]'" in done.stdout and ":5: sources[port].javascript" in done.stdout
