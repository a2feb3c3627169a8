"""The distribution of the appearance coefficients: a class-conditional flow from Gaussian noise (rectified flow,
Lipman et al. and Liu et al., ICLR 2023), small enough to train in minutes."""
from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional as F

FINDINGS = 2  # 0 normal, 1 pneumonia; FINDINGS itself means "any", for guidance
WIDTH = 640
BLOCKS = 4


class _Block(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return x + self.second(self.dropout(F.silu(self.first(self.norm(x)) + context)))


class Flow(nn.Module):
    """Velocity [N, K] at coefficients x [N, K], time t [N] or [1] (0 noise, 1 data) and finding [N] (0, 1 or 2 for any)."""

    def __init__(self, coefficients: int, width: int = WIDTH, dropout: float = 0.2) -> None:
        super().__init__()
        self.enter = nn.Linear(coefficients, width)
        self.time = nn.Sequential(nn.Linear(16, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(FINDINGS + 1, width)
        self.blocks = nn.ModuleList(_Block(width, dropout) for _ in range(BLOCKS))
        self.leave = nn.Linear(width, coefficients)
        self.register_buffer("waves", torch.arange(1, 9).float() * torch.pi, persistent=False)
        nn.init.normal_(self.label.weight, std=0.1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: torch.Tensor, t: torch.Tensor, finding: torch.Tensor) -> torch.Tensor:
        phase = t.unsqueeze(1) * self.waves
        context = F.silu(self.time(torch.cat([phase.sin(), phase.cos()], 1)) + self.label(finding))
        hidden = self.enter(x)
        for block in self.blocks:
            hidden = block(hidden, context)
        return self.leave(F.silu(hidden))


def flow_loss(flow: Flow, data: torch.Tensor, finding: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the velocity on straight lines from noise to data."""
    at = t.unsqueeze(1)
    return F.mse_loss(flow((1 - at) * noise + at * data, t, finding), data - noise)


@torch.no_grad()
def sample(flow: Flow, noise: torch.Tensor, finding: torch.Tensor, steps: int, guidance: float) -> torch.Tensor:
    """Coefficients [N, K] for noise [N, K] of the given findings: Heun's method, with the velocity pushed away from
    that of any finding by ``guidance`` (0 none)."""
    anything = torch.full_like(finding, FINDINGS)

    def velocity(x: torch.Tensor, time: float) -> torch.Tensor:
        t = x.new_full((1,), time)
        ours = flow(x, t, finding)
        return ours if guidance == 0 else ours + guidance * (ours - flow(x, t, anything))

    x = noise
    for step in range(steps):
        start, end = step / steps, (step + 1) / steps
        first = velocity(x, start)
        second = velocity(x + first / steps, end)
        x = x + (first + second) / (2 * steps)
    return x


def train_flow(data: torch.Tensor, finding: torch.Tensor, held_out: torch.Tensor, held_out_finding: torch.Tensor,
               steps: int, batch: int = 256, seed: int = 1, width: int = WIDTH) -> Flow:
    """Train on coefficients [N, K]; the averaged weights with the least loss on held-out patients are returned, so
    that the flow stops before it learns single images by heart."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    flow = Flow(data.shape[1], width)
    mean = copy.deepcopy(flow).eval()
    best, least = copy.deepcopy(mean), float("inf")
    optimiser = torch.optim.AdamW(flow.parameters(), lr=1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps, pct_start=0.05)
    classes = [torch.nonzero(finding == value).squeeze(1) for value in range(FINDINGS)]
    times = torch.linspace(0.05, 0.95, 8).repeat_interleave(len(held_out))
    fixed = torch.randn(8 * len(held_out), data.shape[1], generator=generator)
    for step in range(1, steps + 1):
        chosen = torch.cat([rows[torch.randint(len(rows), (batch // 2,), generator=generator)] for rows in classes])
        label = finding[chosen].clone()
        label[torch.rand(batch, generator=generator) < 0.15] = FINDINGS
        noise = torch.randn(batch, data.shape[1], generator=generator)
        t = torch.rand(batch, generator=generator)
        flow.train()
        loss = flow_loss(flow, data[chosen], label, noise, t)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            decay = min(0.998, (1 + step) / (10 + step))
            for ours, theirs in zip(mean.parameters(), flow.parameters()):
                ours.lerp_(theirs, 1 - decay)
        if step % 100 == 0 or step == steps:
            with torch.no_grad():
                check = float(flow_loss(mean, held_out.repeat(8, 1), held_out_finding.repeat(8), fixed, times))
            if check < least:
                best, least = copy.deepcopy(mean), check
            print(f"flow {step}/{steps}: loss {float(loss.detach()):.4f}, held out {check:.4f}, least {least:.4f}", flush=True)
    return best
