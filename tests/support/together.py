"""Several people doing something at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask


def together(app: Flask, calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls at once, each in a thread with its own connections; return what each gave or raised."""
    barrier = Barrier(len(calls), timeout=30)

    def run(call: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait()
            try:
                return call()
            except Exception as error:  # noqa: BLE001  (the test looks at it)
                return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
