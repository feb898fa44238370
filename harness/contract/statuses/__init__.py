"""Documented statuses that generated requests did not meet are asked for, each by a request of its known kind.

Pure: `witness` (what was answered before), `ways` (which requests may bring a status), `values` (ids that are there, and that are not).
Shell: `send` (one request, judged by the oracle), `burst` (429), `visit` (the order of it all).
"""
