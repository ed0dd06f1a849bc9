from visavis.catalogue import models, weights, word_vectors


def test_one_model_is_recommended_for_french_and_english():
    (best,) = [entry for entry in models().values() if entry.recommended]
    assert {"en", "fr"} <= set(best.languages)
    assert best.pull


def test_each_entry_can_be_had_and_says_its_terms():
    for entry in [*models().values(), *weights().values(), *word_vectors().values()]:
        assert entry.pull or entry.import_ or entry.url, entry.name
        assert entry.licence, entry.name
        assert entry.title, entry.name


def test_each_figure_says_where_it_was_published():
    for entry in models().values():
        for figure in entry.figures:
            assert {"dataset", "lang", "images", "direction", "source"} <= set(figure)
            assert len(set(figure) & {"recall", "recall_at_1", "mean_of_R_1_5_10"}) == 1
