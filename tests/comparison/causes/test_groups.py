import pytest

from runcompare.comparison.causes.groups import category_of, group_changes, names_it
from runcompare.comparison.config_changes import config_changes

KINDS = {
    "data": "data.path dataset_name augment.mixup max_seq_length",
    "model": "latent.tokens hidden_size num_layers lora.rank lora_alpha dropout max_depth model.num_hidden_layers",
    "optimiser": "optimizer.lr learning_rate batch_size weight_decay max_grad_norm clip_range",
    "schedule": "stages.operator.epochs max_steps num_train_epochs warmup_ratio lr_scheduler.warmup_steps n_estimators",
    "loss": "label_smoothing ent_coef loss.weight gamma",
    "rollout": "training.rollout_horizon training.lambda_rollout",
    "search": "ttc.beam_width ttc.reward.energy ttc.horizon temperature top_p",
    "infrastructure": "fp16 num_workers trainer.precision load_in_4bit gpus",
    "other": "foo.bar target.thing",
}
BOOKKEEPING = (
    "run_name report_to logging_steps output_dir save_strategy trainer.logger.name training.wandb.enabled notes"
)


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in KINDS.items() for path in paths.split()])
def test_settings_by_kind(kind, path):
    assert category_of(path) == kind


@pytest.mark.parametrize("path", BOOKKEEPING.split())
def test_bookkeeping_is_no_kind(path):
    assert category_of(path) is None


def test_changes_by_kind_without_what_plays_no_part():
    new = {"opt.lr": 1, "model.width": 2, "logging_steps": 5, "train.epochs": 3, "cache.on": True}
    old = {"opt.lr": 2, "model.width": 1, "logging_steps": 9, "train.epochs": 1, "cache.on": False}
    found = group_changes(config_changes(new, old), ignore=("cache",))
    assert [(g.category, [c.path for c in g.changes]) for g in found.groups] == [
        ("model", ["model.width"]),
        ("optimiser", ["opt.lr"]),
        ("schedule", ["train.epochs"]),
    ]
    assert found.ignored == ("cache.on", "logging_steps")


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        ("a.b", "a.b", True),
        ("a", "a.b", True),
        ("b", "a.b", True),
        ("a.*", "a.b", True),
        ("a", "ab.c", False),
        ("B", "a.b", False),
    ],
)
def test_a_pattern_names_a_path_a_section_or_a_last_part(pattern, path, does):
    assert names_it((pattern,), path) is does
