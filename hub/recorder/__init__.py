"""load → decide → record → seal: one recorder, in batches, under the head lock."""
