"""The learning site: feature packages over a pure core; `docs/architecture.md` draws the floors."""
