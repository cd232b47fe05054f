"""Waiting for what the server does in its own time."""

import time

PATIENCE = 480  # seconds; far above what anything takes. Trainings give way to all other programs.


def until(what, done, patience=PATIENCE):
    """Asks until done() gives something true, and gives that."""
    end = time.monotonic() + patience
    pause = 0.01
    while not (result := done()):
        if time.monotonic() > end:
            raise TimeoutError(f"not in {patience} s: {what}")
        time.sleep(pause)
        pause = min(2 * pause, 0.2)
    return result
