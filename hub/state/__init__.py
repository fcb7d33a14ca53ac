"""The hub's database: schema, engine, and the way between rows and the records of the pure core."""
