"""A day's list of studies: what it says, how many go together, and how they overlap."""
