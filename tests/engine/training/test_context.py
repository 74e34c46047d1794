import torch

from runcompare.engine.data.dataset import Split
from runcompare.engine.training.context import Windows
from runcompare.engine.training.processes import Ranks


def test_windows_start_everywhere_and_cover_every_trajectory():
    u = torch.arange(4 * 6, dtype=torch.float32).view(4, 6, 1)
    windows = Windows(Split(u, torch.ones(4)), per_trajectory=30, batch_size=8, horizon=2)
    seen = torch.cat([batch[:, :, 0] for batch, _ in windows.draw(torch.Generator().manual_seed(0))])
    assert (seen.diff(dim=1) == 1).all()
    assert set(seen[:, 0].int().tolist()) == {6 * i + j for i in range(4) for j in range(4)}


def drawn(windows, rank=0, world=1):
    ranks = Ranks(rank, world, torch.device("cpu"))
    return list(windows.draw(torch.Generator().manual_seed(0), ranks))


def ramp(n=4, frames=6, points=8):
    u = torch.randn(n, frames, points, generator=torch.Generator().manual_seed(1))
    return Split(u, torch.arange(n, dtype=torch.float32))


def test_processes_share_each_batch():
    windows = Windows(ramp(), per_trajectory=6, batch_size=8, horizon=1, shift=True, reflect=True)
    parts = zip(drawn(windows, 0, 2), drawn(windows, 1, 2), strict=True)
    for (u, parameter), both in zip(drawn(windows), parts, strict=True):
        assert torch.equal(u, torch.cat([part[0] for part in both]))
        assert torch.equal(parameter, torch.cat([part[1] for part in both]))


def test_moved_batches_are_rolled_and_mirrored_ones_are_flipped():
    plain, moved, mirrored = (
        drawn(Windows(ramp(), per_trajectory=12, batch_size=8, horizon=1, shift=s, reflect=r))
        for s, r in ((False, False), (True, False), (False, True))
    )
    for (u, _), (v, _), (w, _) in zip(plain, moved, mirrored, strict=True):
        assert any(torch.equal(torch.roll(u, k, -1), v) for k in range(8))
        assert torch.equal(w, u) or torch.equal(w, -u.flip(-1))
    flipped = [torch.equal(w, -u.flip(-1)) for (u, _), (w, _) in zip(plain, mirrored, strict=True)]
    assert any(flipped)
    assert not all(flipped)


def test_early_frames_are_drawn_more_often_where_asked_for():
    u = torch.arange(11.0).expand(50, 11)[..., None]
    uniform, early = (
        torch.cat([u[:, 0, 0] for u, _ in drawn(Windows(Split(u, torch.ones(50)), 20, 10, 1, early=e))]).mean()
        for e in (1.0, 2.0)
    )
    assert abs(uniform - 4.5) < 0.5
    assert abs(early - 10 / 3 + 0.5) < 0.5  # the mean of 10 r^2, less what the floor takes
