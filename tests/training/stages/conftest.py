import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    pass


@pytest.fixture
def kill_and_resume(monkeypatch):
    """A function of a stage's class and of a run, `fitted(name)`: both end with equal weights.

    One is killed at the stage's step 4, and goes on.
    """

    def compare(stage, fitted):
        whole = fitted("whole").model.state_dict()
        step = stage._step

        def killed(self, number):
            if number == 4:
                raise KeyboardInterrupt
            return step(self, number)

        monkeypatch.setattr(stage, "_step", killed)
        with pytest.raises(KeyboardInterrupt):
            fitted("cut")
        monkeypatch.setattr(stage, "_step", step)
        cut = fitted("cut").model.state_dict()
        for name, value in whole.items():
            assert torch.equal(cut[name], value), name

    return compare
