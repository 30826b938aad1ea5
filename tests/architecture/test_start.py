"""What every process loads when it starts: large libraries wait until somebody needs them.

A server has seven processes; these cost each of them a third of a second and 48 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys

LARGE = ("fpdf", "nameparser", "numpy", "openpyxl", "pyarrow", "sklearn")
START = f"""
import json, sys
import django
django.setup()
print(json.dumps([name for name in {LARGE!r} if name in sys.modules]))
"""


def test_large_libraries_are_loaded_when_they_are_needed() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
