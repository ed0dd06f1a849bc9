import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread():
    """Small sums take longest to divide, and one thread adds up in one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
