import subprocess

import torch

from runcompare.engine.machine import git_state, hardware


def test_on_a_cpu_there_is_no_accelerator():
    found = hardware(torch.device("cpu"), world_size=3)
    assert (found["accelerator"], found["accelerator_count"], found["world_size"]) == (None, 0, 3)
    assert found["cpu"]
    assert found["cpu_count"] == torch.get_num_threads()


def test_each_process_on_gpus_counts_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Some GPU")
    found = hardware(torch.device("cuda"), world_size=4)
    assert (found["accelerator"], found["accelerator_count"]) == ("Some GPU", 4)


def test_the_commit_is_known_and_so_is_a_change_since(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state() == {}
    (tmp_path / "code.py").touch()
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", *words], check=True)
    clean = git_state()
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "code.py").write_text("changed")
    assert git_state() == {"commit": clean["commit"], "dirty": True}
