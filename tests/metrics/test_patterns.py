import pytest

from runcompare.metrics import patterns


def pattern(text: str, direction: str = "min") -> patterns.Pattern:
    return patterns._pattern(text, direction, "metric", "any", "log", "quality", "test", "here")


@pytest.fixture
def names(monkeypatch):
    """A table of patterns in place of the shipped one; each test reads its own."""

    def use(*found: patterns.Pattern) -> patterns.Table:
        monkeypatch.setattr(patterns, "_patterns", lambda: iter(found))
        return patterns.table.__wrapped__()

    return use


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mean squared error", {"mean squared error"}),
        ("abs|sq rel", {"abs rel", "sq rel"}),
        ("f beta score?", {"f beta", "f beta score"}),
        ("score? only|other", set()),
        ("ms_ssim|ssim", {"ms ssim", "ssim"}),
        ("top #", {"top #"}),
    ],
)
def test_what_a_pattern_stands_for(text, words, names):
    found = {" ".join(w) for w in names(pattern(text), pattern("two words")).phrases} - {"two words"}
    assert found == words or text.startswith("score?")
    assert all(" " in w or "|" in text for w in found)


def test_optional_words_never_leave_a_word_of_a_phrase_alone(names):
    assert set(names(pattern("hits? at")).phrases) == {("hits", "at")}


def test_pairs_are_kept_apart_from_phrases(names):
    table = names(pattern("loss & critic|actor", "none"), pattern("loss"))
    assert [(pair.head, pair.modifier) for pair in table.pairs["loss"]] == [("loss", "critic"), ("loss", "actor")]
    assert set(table.phrases) == {("loss",)}


def test_lines_that_contradict_each_other_are_refused(names):
    with pytest.raises(ValueError, match=r"contradicts itself on 'fid'"):
        names(pattern("fid", "min"), pattern("fid|kid", "max"))


def test_a_line_that_can_not_be_read_is_named(monkeypatch):
    monkeypatch.setattr(
        patterns, "_rows", lambda name: iter([["acc", "upwards", "metric", "any", "logit", "quality", "a", "b"]])
    )
    with pytest.raises(ValueError, match=r"'acc'.*'upwards' is none of min, max"):
        list(patterns._patterns())


def test_scale_bounds_and_unit():
    parts = ("max", "metric", "any", "linear -1..1 dB", "quality", "test", "here")
    found = patterns._pattern("corr", *parts)
    assert (found.scale, found.bounds, found.unit) == ("linear", (-1, 1), "dB")


def test_the_shipped_files_read_and_agree_with_themselves():
    table = patterns.table()
    assert ("accuracy",) in table.phrases
    assert table.plain["val"] == "validation"
    assert all(cell.strip() == cell and cell for row in patterns._rows("names.tsv") for cell in row)
    assert all(word for words in table.phrases for word in words)
