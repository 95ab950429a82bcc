"""The benchmark's own oracle: it has to see every kind of lie, and nothing where there is none."""
