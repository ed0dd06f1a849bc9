import encoders


def test_the_ratio_is_the_median_of_ratios_by_round(monkeypatch):
    clock = [0.0]

    def lasting(durations):
        left = iter(durations)
        return lambda: clock.__setitem__(0, clock[0] + next(left))

    monkeypatch.setattr(encoders.time, "perf_counter", lambda: clock[0])
    # The first of each only warms up; the machine gets slower, for both alike.
    ours, bare = lasting([9, 1.0, 2.0, 4.0]), lasting([9, 0.9, 1.8, 3.6])
    mine, theirs, ratio = encoders.take_turns(ours, bare, 10, 3)
    assert (mine, round(theirs, 6)) == (5.0, round(10 / 1.8, 6))
    assert round(ratio, 6) == 0.9
