"""Who is who: agencies, named contacts, keys and mandates, folded from signed statements in the log.

The hub decides with it, and every client folds the same statements itself, so that a hub that swaps a key is noticed.
"""
