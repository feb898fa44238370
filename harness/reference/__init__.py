"""The bundled service: orders for a small shop, in the layers domain, application, adapters, api (after cosmicpython/code).

It is what `harness demo` hurts, so it is started as processes and never imported by other rooms, but for `tokens`, `final_read`
and `defects`, which are its tools for those who test it.
"""
