"""The log as tiles: growing, reading, publishing; shared by who writes it and who checks it."""
