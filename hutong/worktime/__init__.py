"""Working time: which days and hours count, and when a stretch of them ends."""
