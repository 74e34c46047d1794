"""Files of settings that are whole, empty, damaged, or not there."""

import pytest

from runcompare.errors import UnreadableRun
from runcompare.sources.kit.yaml_file import read_settings, settings_beside


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("lr: 1e-3\n1: x", {"lr": 1e-3, "1": "x"}),
        ('{"a": {"b": null}}', {"a": {"b": None}}),
        ("\ufeffa: 1", {"a": 1}),
        ("", {}),
        ("# nothing", {}),
    ],
)
def test_yaml_and_json(tmp_path, text, settings):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    assert read_settings(tmp_path / "c.yaml") == settings


@pytest.mark.parametrize("body", [b"- 1", b"a: [", b"\0", b"[" * 5_000, b"text"])
def test_what_is_none(tmp_path, body):
    path = tmp_path / "c.yaml"
    path.write_bytes(body)
    with pytest.raises(UnreadableRun, match=r"can.t be read|no settings"):
        read_settings(path)
    values, warnings = settings_beside(path)
    assert values == {}
    assert str(path) in warnings[0]


def test_a_file_that_is_not_there_is_no_warning(tmp_path):
    assert settings_beside(tmp_path / "c.yaml") == ({}, ())
    assert settings_beside(None) == ({}, ())


def test_no_more_is_read_than_asked_for(tmp_path):
    (tmp_path / "c.yaml").write_text("a: 1\n" + "#" * 100)
    assert read_settings(tmp_path / "c.yaml", largest=5) == {"a": 1}


def test_what_pyyaml_wrote_of_python_s_objects_is_plain_and_is_never_made(tmp_path):
    path = tmp_path / "args.yml"
    path.write_text(
        "betas: !!python/tuple [0.9, 0.99]\n"
        "act: !!python/name:torch.nn.ReLU ''\n"
        "opt: !!python/object:x.Adam {lr: 1e-3}\n"
        "run: !!python/object/apply:os.system [touch made]\n"
    )
    run = {"os.system": ["touch made"]}
    read = read_settings(path)
    assert read == {"betas": [0.9, 0.99], "act": "torch.nn.ReLU", "opt": {"x.Adam": {"lr": 0.001}}, "run": run}
    path.write_text("!!python/object/apply:collections.OrderedDict\n- - - algo\n    - ppo\n  - - seed\n    - 3\n")
    assert read_settings(path) == {"algo": "ppo", "seed": 3}
