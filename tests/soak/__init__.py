"""Long checks of a running site: races, killed servers, fuzzed requests.

`make soak` runs them at length and prints the figures; `make test` runs the same code for seconds. A check returns
what it found wrong, in words: an empty list is what all of them want.
"""
