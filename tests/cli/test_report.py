"""The command line as its users meet it: real processes, real exit codes."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import runcompare

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "examples" / "runs"
WRITEUP = [str(ROOT / "examples" / "writeup" / f"{name}.yaml") for name in ("hjnqclgk", "baseline32")]


def call(*words, cwd=ROOT, **env):
    command = [sys.executable, "-m", "runcompare", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env={**os.environ, "NO_COLOR": "1", **env}, capture_output=True, text=True)


def fails(done, code, *says):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    for words in says:
        assert words in " ".join(done.stderr.split()), done.stderr


@pytest.fixture(scope="module")
def shipped() -> str:
    return call("report", "hjnqclgk", "baseline32").stdout


def test_the_shipped_runs_make_a_whole_report(shipped):
    parts = [line[3:] for line in shipped.splitlines() if line.startswith("## ")]
    assert parts[0].startswith("TL;DR:")
    assert parts[1:] == [
        "Performance and cost",
        "What made the difference",
        "Training",
        "Why",
        "Noise and significance",
        *(["What the candidate's money would buy"] if "What the candidate's money would buy" in parts else []),
        "Recommendations",
        "Corrected config",
        "What was learned",
        "Next steps",
        "Provenance and method",
    ]
    assert "None" not in shipped
    assert "the group is meant" in shipped


def test_the_shipped_report_tells_its_causes_and_what_the_corrected_config_did(shipped):
    why = shipped.split("\n## Why\n")[1].split("\n## ")[0]
    assert re.search(r"\*\*What helped.*`epochs`: -\d+ % \[.*\(ablation, \d+ runs\)", why)
    assert re.search(r"\*\*Root cause\.\*\* `epochs`: \d+ % \[\d+ % to \d+ %\]", why)
    corrected = shipped.split("\n## Corrected config\n")[1].split("\n## ")[0]
    assert "**It was run**: three runs of it are there (`hjnqclgk without search`)" in corrected
    assert "NRMSE agrees with the forecast, as far as three runs can tell" in corrected
    assert "runcompare report 'hjnqclgk without search' hjnqclgk" in shipped


def test_every_runs_result_in_the_report_is_that_of_its_record(shipped):
    for path in RUNS.glob("*/record.jsonl"):
        entries = [json.loads(line[9:]) for line in path.read_text().splitlines()]
        group = entries[0]["group"]
        if group in ("hjnqclgk", "baseline32"):
            summary = {k: v for e in entries if e["type"] == "summary" for k, v in e["values"].items()}
            (row,) = [
                line for line in shipped.splitlines() if f"| `{entries[0]['id']}` |" in line and "recorder" in line
            ]
            assert float(row.split("|")[-2]) == pytest.approx(summary["eval/nrmse"], rel=1e-3)


def test_one_run_of_a_group_by_id(shipped):
    done = call("report", "id:hjnqclgk", "baseline32", "--format", "json")
    report = json.loads(done.stdout)
    assert [r["id"] for r in report["candidate"]["runs"]] == ["hjnqclgk"]
    assert len(report["baseline"]["runs"]) == 5
    assert "prediction" in report["quality"]["test"]["method"]


def test_the_write_up_is_reproduced_from_its_figures():
    report = call("report", *WRITEUP).stdout
    for words in (
        "-1.5 %",
        "16x slower",
        "15x more expensive",
        "| `ttc.candidates` | `8` | `16` | 2x |",
        "67 % larger",
        "50 % longer",
        "3.3x",
        "1.9x",
        "1.25x",
        "(estimated)",
        "Can't tell, one run each",
        "not 9x",
        "32-dim v3 CORRECTED",
        "A best can't be worse than the last",
    ):
        assert words in report, words


def test_a_stated_noise_makes_the_write_up_inconclusive_and_prices_certainty():
    report = json.loads(call("report", *WRITEUP, "--noise-cv", "0.197", "--format", "json").stdout)
    assert report["verdict"] == "inconclusive"
    assert report["quality"]["test"]["noise"]["source"] == "assumed"
    (observed,) = [k for k in report["knowing"] if k["why"] == "observed effect"]
    assert observed["seeds_low"] > 1000
    assert observed["money"]["low"] > 10_000


def test_json_is_strict_and_keeps_to_its_schema():
    done = call("report", "hjnqclgk", "baseline32", "--format", "json")
    report = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert report["schema"] == 2
    assert set(
        json.loads((ROOT / "docs" / "comparison.schema.json").read_text())["$defs"]["Comparison"]["properties"]
    ) == set(report)


def test_output_goes_to_a_file_with_its_pictures_beside_it(tmp_path):
    done = call("report", "hjnqclgk", "baseline32", "-o", tmp_path / "r.md")
    assert (done.returncode, done.stdout) == (0, "")
    text = (tmp_path / "r.md").read_text()
    links = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert len(links) >= 4
    for link in links:
        assert (tmp_path / link).read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.md", "r_plots"]


def test_html_needs_nothing_beside_it(tmp_path):
    call("report", "hjnqclgk", "baseline32", "-o", tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert page.count("<figure>") >= 6
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_the_suffix_says_the_format_and_an_unknown_one_names_the_known(tmp_path):
    call("report", *WRITEUP, "-o", tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["schema"] == 2
    for name, says in (("r.docx", "No format has the suffix '.docx'"), ("r", "no suffix"), ("r.hmtl", "'.html'?")):
        fails(call("report", *WRITEUP, "-o", tmp_path / name), 2, says, "report.html, report.json or report.pdf")
    assert call("report", *WRITEUP, "--format", "md", "-o", tmp_path / "r").returncode == 0
    assert (tmp_path / "r").read_text().startswith("# Run Comparison")


def test_a_pdf_says_how_where_there_is_no_browser(tmp_path):
    done = call("report", *WRITEUP, "-o", tmp_path / "r.pdf", RUNCOMPARE_BROWSER="no-such-browser")
    fails(done, 2, "RUNCOMPARE_BROWSER names 'no-such-browser'", "apt-get install chromium", "report.html")
    fails(call("report", *WRITEUP, "--format", "pdf"), 2, "needs a file")
    assert list(tmp_path.iterdir()) == []


def test_a_brief_report_fits_a_comment():
    done = call("report", "hjnqclgk", "baseline32", "--brief")
    assert done.stdout.startswith("### hjnqclgk vs baseline32: **hjnqclgk is better")
    assert len(done.stdout.split()) <= 250 + done.stdout.count("|")
    assert "Next: `runcompare " in done.stdout
    fails(call("report", "hjnqclgk", "baseline32", "--brief", "--format", "json"), 2, "JSON holds everything")


def test_messages_are_fewer_or_more(tmp_path):
    assert call("report", *WRITEUP, "-q", "-o", tmp_path / "q.md").stderr == ""
    told = call("report", *WRITEUP, "-v", "-o", tmp_path / "v.md").stderr
    assert "candidate" in told
    assert "read and compared in" in told
    fails(call("report", *WRITEUP, "-q", "-v"), 2, "the opposite")


def in_a_terminal(*words, columns=80):
    """What a command writes to a terminal, and its exit code."""
    parent, child = pty.openpty()
    env = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "runcompare", *map(str, words)], cwd=ROOT, env=env, stdout=child, stderr=subprocess.PIPE
    )
    os.close(child)
    pieces = []
    while True:
        try:
            pieces.append(os.read(parent, 65536))
        except OSError:
            break
        if not pieces[-1]:
            break
    os.close(parent)
    assert process.wait() == 0, process.stderr.read()
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_a_terminal_gets_a_summary_and_the_document_if_asked():
    shown = re.sub(r"\x1b\[[0-9;]*m", "", in_a_terminal("report", "hjnqclgk", "baseline32"))
    lines = shown.splitlines()
    assert lines[0] == "hjnqclgk is better: NRMSE 69 % lower, for 6.8x the money"
    assert max(map(len, lines)) <= 80
    assert len(lines) < 45
    assert "Worth it? A trade-off" in shown
    assert any(line.startswith("- Gradients stayed larger in operator") for line in lines)
    assert lines[-1].strip().startswith("runcompare ")
    whole = in_a_terminal("report", "hjnqclgk", "baseline32", "--full")
    assert whole.startswith("# Run Comparison: hjnqclgk vs baseline32\n")
    quiet = in_a_terminal("report", "hjnqclgk", "baseline32", "-q")
    assert quiet.splitlines() == [
        "hjnqclgk vs baseline32, 3 + 5 runs: hjnqclgk is better: NRMSE 69 % lower, for 6.8x the money"
    ]


def test_a_missing_run_says_where_it_looked_and_what_is_near():
    fails(call("report", "hjnqclgx", "baseline32"), 3, "hjnqclgx", "examples/runs", "hjnqclgk")


def test_an_empty_folder_says_so(tmp_path):
    fails(call("report", "a", "b", "--runs", tmp_path), 3, str(tmp_path))


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path):
    fails(call("report", "a", "b", "--runs", tmp_path / "none"), 2, "none")


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf"])
def test_a_price_must_be_above_zero(price):
    fails(call("report", "hjnqclgk", "baseline32", "--gpu-price", price), 2, "above 0")


def test_a_price_may_come_from_the_environment():
    report = json.loads(call("report", *WRITEUP, "--format", "json", RUNCOMPARE_GPU_PRICE="3.5").stdout)
    assert report["options"]["gpu_price"] == 3.5


def test_a_config_that_is_not_yaml_is_one_line(tmp_path):
    (tmp_path / "bad.yaml").write_text("runcompare: 1\nid: [x\n")
    fails(call("report", tmp_path / "bad.yaml", WRITEUP[1]), 2, "bad.yaml")
    (tmp_path / "c.yaml").write_text("stages: [1,")
    fails(call("train", tmp_path / "c.yaml", "--out", tmp_path / "r"), 2, "c.yaml")
    assert not (tmp_path / "r").exists()


def test_the_same_runs_on_both_sides_are_refused():
    fails(call("report", "baseline32", "baseline32"), 2, "share runs")


def test_runs_that_are_no_replicates_are_listed(tmp_path):
    for group in ("v3", "baseline32"):
        shutil.copytree(RUNS / f"{group}-s0", tmp_path / "mix" / group)
    fails(call("report", tmp_path / "mix", "hjnqclgk"), 2, "stages.operator.epochs")


def test_a_metric_that_nobody_logged_is_corrected():
    fails(call("report", "hjnqclgk", "baseline32", "--metric", "eval/nmrse"), 2, "Did you mean 'eval/nrmse'?")


def test_nothing_half_written_where_the_disk_says_no(tmp_path):
    (tmp_path / "file").write_text("old")
    fails(call("report", "hjnqclgk", "baseline32", "-o", tmp_path / "file" / "r.md"), 3, "Can't write")
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_a_wandb_file_cut_anywhere_is_read_as_far_as_it_goes_or_refused(tmp_path, share):
    log = next(RUNS.glob("hjnqclgk-s0/wandb/*/*.wandb"))
    cut = tmp_path / log.name
    cut.write_bytes(log.read_bytes()[: int(log.stat().st_size * share)])
    done = call("report", cut, "baseline32", "--metric", "operator/loss")
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2, 3)
    if done.returncode:
        assert done.stdout == ""
        assert done.stderr.startswith("runcompare: ")


def test_hostile_names_stay_text(tmp_path):
    source = RUNS / "baseline32-s0"
    evil = "x](javascript:alert(1)) <script>alert(1)</script> | ``` \x1b[31m"
    (tmp_path / "a").mkdir()
    lines = (source / "record.jsonl").read_bytes().splitlines()
    from runcompare.records.recorder import decode_line, encode_line

    head = decode_line(lines[0])
    head.update(id="evil0001", name=evil, group=None)
    (tmp_path / "a" / "record.jsonl").write_bytes(encode_line(head) + b"\n".join(lines[1:]) + b"\n")
    done = call("report", tmp_path / "a", "hjnqclgk", "--format", "html")
    assert done.returncode == 0, done.stderr
    assert "<script>" not in done.stdout
    assert 'href="javascript' not in done.stdout
    assert "\x1b" not in done.stdout
    assert "\x1b" not in call("runs", "--runs", tmp_path).stdout


def test_an_unknown_setting_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.runcompare]\ngpu-prise = 2\n")
    fails(call("runs", cwd=tmp_path), 2, "gpu-prise", "pyproject.toml", "Did you mean 'gpu-price'?")


def test_help_teaches():
    for command in ("report", "train", "runs", "export", "cost", "forecast", "prices"):
        done = call(command, "--help")
        assert done.returncode == 0
        assert "Usage: runcompare" in done.stdout
    assert "runcompare report hjnqclgk baseline32" in call("report", "--help").stdout
    assert call("reprot").returncode == 2


def test_the_corrected_config_is_written_whole_and_the_engine_takes_it(tmp_path):
    done = call("report", "hjnqclgk", "baseline32", "--corrected", tmp_path / "corrected.yaml")
    assert done.returncode == 0, done.stderr
    from runcompare.engine.config.read import load_config

    ours, theirs = load_config(tmp_path / "corrected.yaml"), load_config(ROOT / "examples" / "hjnqclgk.yaml")
    assert ours.stages.operator == theirs.stages.operator
    assert ours.ttc.candidates < theirs.ttc.candidates


def test_one_group_against_a_claimed_number(tmp_path):
    done = call("report", "baseline32", "--target", "0.06", "--alpha", "1%")
    assert (done.returncode, done.stderr) == (0, "")
    assert "baseline32 reaches the target: mean NRMSE 0.04999, below 0.06" in done.stdout
    assert "98 % interval" in done.stdout
    page = tmp_path / "r.json"
    assert call("report", "baseline32", "--target", "0.04", "--format", "json", "-o", page).returncode == 0
    found = json.loads(page.read_text())
    assert (found["kind"], found["test"]["verdict"], found["side"]["label"]) == ("target", "missed", "baseline32")


def test_a_report_has_either_a_baseline_or_a_target():
    fails(call("report", "baseline32"), 2, "needs a baseline", "runcompare report baseline32 --target 3.28")
    fails(call("report", "baseline32", "hjnqclgk", "--target", "1"), 2, "not both")
    fails(
        call("report", "baseline32", "--target", "1", "--min-effect", "2%", "--guardrail", "a"),
        2,
        "no use for --min-effect, --guardrail",
    )
    assert "Instead of BASELINE" in " ".join(call("report", "--help").stdout.split())


def test_a_guardrail_with_a_margin_must_be_shown_to_hold():
    done = call("report", "hjnqclgk", "baseline32", "--guardrail", "eval/operator_nrmse:min:0.1%")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "Guardrails:" in line]
    assert "0.1%" in line
    assert "eval/operator\\_nrmse" in line or "NRMSE" in line or "eval/operator_nrmse" in line
    assert "--guardrail eval/operator_nrmse:min:0.1%" in done.stdout
    fails(call("report", "hjnqclgk", "baseline32", "--guardrail", "eval/operator_nrmse:min:0.1px"), 2, "0.1px")


def test_pairs_are_declared_by_a_flag():
    done = call("report", "hjnqclgk", "baseline32", "--pair-by", "seed", "--format", "json")
    found = json.loads(done.stdout)
    assert found["pairing"]["decides"]
    assert found["quality"]["test"]["method"].startswith("paired t test over 3 pairs")
    assert [pair["key"] for pair in found["pairing"]["pairs"]] == ["0", "1", "2"]
    assert found["pairing"]["alone"] == [run["id"] for run in found["baseline"]["runs"] if run["seed"] in (3, 4)]
    fails(call("report", "hjnqclgk", "baseline32", "--pair-by", "data.flod"), 2, "to pair by")


def test_the_shipped_report_says_which_test_and_what_test_samples_say(shipped):
    assert "**Not paired**: the baseline alone has seeds 3, 4." in shipped
    assert "over 128 samples, matched by position" in shipped


def test_many_tasks_of_runs_in_folders(tmp_path):
    """Runs of one name on several environments are no replicates; those of each are."""
    for algo, gain in (("ppo", 0.0), ("sac", 3.0)):
        for place, env in enumerate(("hopper", "walker", "ant")):
            for seed in range(3):
                config = {"seed": seed, "env": env, "algo": algo, "width": 64 * (place + 1)}
                noise = (0.1, -0.7, 0.5)[(seed + place) % 3]
                with runcompare.Recorder(tmp_path / "runs" / f"{algo}-{env}-{seed}", config=config, group=algo) as log:
                    log.summary({"eval/return": (10 + gain + noise) * 10**place})
    words = ("report", "sac", "ppo", "--metric", "eval/return", "--runs", tmp_path / "runs")
    fails(call(*words, cwd=tmp_path), 2, "not replicates of one another", "--task-key")
    done = call(*words, "--task-key", "env", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sac is better over three tasks" in done.stdout
    assert "| walker |" in done.stdout
    assert "--task-key env" in done.stdout.split("## Next steps")[1]
    fails(call(*words, "--task-key", "env", "--guardrail", "x", cwd=tmp_path), 2, "no use for --guardrail")
    fails(call(*words, "--task-metrics", "eval/*", cwd=tmp_path), 2, "--task-metrics names the metrics")
