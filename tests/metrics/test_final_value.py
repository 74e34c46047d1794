from runcompare.metrics.value import value


def test_value_falls_back_to_the_last_row_and_says_where_it_stands(run):
    figure = value(run(), "operator/loss")
    assert figure.value == 0.3
    assert figure.source == "operator/loss @ step 2"
    assert value(run(), "nothing").is_missing
