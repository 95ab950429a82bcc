"""Everything that changes a course or a room: permission, checks, one transaction, then the hub."""
