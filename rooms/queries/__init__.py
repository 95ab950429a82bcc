"""Everything that is read of courses and rooms, always through somebody who may."""
