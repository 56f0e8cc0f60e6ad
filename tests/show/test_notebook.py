"""The notebook of the docs runs from top to bottom, with few steps, and shows what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from haste import in_haste
from quick import only

NOTEBOOK = Path(__file__).parents[2] / "docs" / "texturize.ipynb"
SOON = " ".join(
    ["audio.sample_rate=8000", "resolutions=[]", "filters.count=8", "refine.max_steps=3", *only("gram", "channels")]
)


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


@pytest.mark.filterwarnings("ignore")  # those of Jupyter
def test_it_runs(tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="nbclient, of the extra `dev`, is not installed")
    import nbformat

    for name, value in in_haste().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TEXTURIZE_SETTINGS", SOON)
    monkeypatch.setenv("TEXTURIZE_SECONDS", "1.5")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    shown = [
        "".join(out.get("data", {}).get("text/html", "") for out in c.outputs) for c in notebook.cells if "outputs" in c
    ]
    assert sum("<audio" in html for html in shown) == 3
    assert sum(">copying, 50 ms<" in html for html in shown) == 1
    assert sum("data:image/gif" in html for html in shown) == 1
    assert any("instead of 200" in html for html in shown)
    assert any(">command<" in html for html in shown)
