"""The test suite; `make test` prepares what it needs and runs it."""
