import pytest

from runcompare.metrics.words import Vocabulary, is_number, split

VOCABULARY = Vocabulary(
    known={"f1", "r2", "p95", "map", "map50", "fpr", "val", "test"}
    | {"mean", "win", "rate", "loss", "acc", "score", "iou", "ep", "gen"},
    heads={"loss", "acc", "der"},
    joined={"winrate": ("win", "rate")},
)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("val/mAP50-95(B)", "val meanap 50 95"),
        ("hellaswag/acc_norm,none", "hellaswag acc norm none"),
        ("MulticlassF1Score", "multiclass f1 score"),
        ("AverageTestEpRet", "average test ep ret"),
        ("meanIoU", "mean iou"),
        ("recall@20", "recall 20"),
        ("TPR@FPR", "tpr at fpr"),
        ("fpr95", "fpr 95"),
        ("latency_p95", "latency p95"),
        ("Accuracy (%)", "accuracy pct"),
        ("it/s", "it per s"),
        ("valid_0's l2", "valid 0s l2"),
        ("rmse_z500_5d", "rmse z500 5d"),
        ("exp_v2", "exp v2"),
    ],
)
def test_a_key_is_split_into_its_words(key, words):
    assert " ".join(split(key, VOCABULARY).words) == words


@pytest.mark.parametrize(
    ("key", "words"),
    [("winrate", "win rate"), ("valloss", "val loss"), ("testvalloss", "test val loss"), ("testacc", "test acc")],
)
def test_words_written_together_are_cut_where_all_of_them_are_known(key, words):
    assert " ".join(split(key, VOCABULARY).words) == words


@pytest.mark.parametrize("key", ["lossless", "moderate", "scoreboard", "gender"])
def test_words_that_only_begin_like_others_stay_whole(key):
    assert split(key, VOCABULARY).words == (key,)


def test_the_part_of_the_key_of_each_word():
    assert split("train/val_loss/mean", VOCABULARY).parts == (0, 1, 1, 2)


def test_a_leading_minus():
    assert split("-elbo", VOCABULARY).minus
    assert split("1-ssim", VOCABULARY).one_minus
    assert split("one_minus_ssim", VOCABULARY).one_minus
    assert not split("a-b", VOCABULARY).minus
    assert not split("-1", VOCABULARY).minus


@pytest.mark.parametrize("word", ["5", "50k", "24h"])
def test_numbers_with_a_letter_behind_are_numbers(word):
    assert is_number(word)


@pytest.mark.parametrize("word", ["k", "d5", "p95", "95tpr"])
def test_other_words_are_no_numbers(word):
    assert not is_number(word)


@pytest.mark.parametrize("key", ["", "/", "()", "-", "📈", "é"])
def test_keys_without_words_are_harmless(key):
    assert split(key, VOCABULARY).words == ()
