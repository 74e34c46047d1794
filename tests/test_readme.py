"""The README shows what its commands print."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_report_in_the_readme_is_the_one_that_the_command_prints():
    command = [sys.executable, "-m", "runcompare", "report", "hjnqclgk", "baseline32"]
    report = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    printed = re.sub(r" \\\[\d+\\\]", "", report).replace("\\$", "$")
    shown = README.split("<!-- report: begin -->")[1].split("<!-- report: end -->")[0]
    lines = [line.removeprefix("> ").strip() for line in shown.splitlines() if line.strip("> ")]
    assert len(lines) > 6
    for line in lines:
        assert line in printed, line


def test_the_ablation_in_the_readme_is_the_shipped_one():
    table = (ROOT / "examples" / "ablation" / "ablation.md").read_text(encoding="utf-8")
    rows = {cells[0]: cells for line in table.splitlines() if (cells := line.strip("| ").split(" | "))[0][:2] == "**"}
    shown = README.split("<!-- ablation: begin -->")[1].split("<!-- ablation: end -->")[0]
    said = [line.strip("| ").split(" | ") for line in shown.splitlines() if line.startswith("| **")]
    assert [cells[0] for cells in said] == list(rows)
    for name, quality, money in said:
        assert (rows[name][3], rows[name][7]) == (quality, money)


def test_links_in_readme_and_docs_lead_somewhere():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_python_example_runs():
    (example,) = [block for block in re.findall(r"```python\n(.*?)```", README, re.S) if "runcompare.compare" in block]
    code = example.replace('output="report.md"', "")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
