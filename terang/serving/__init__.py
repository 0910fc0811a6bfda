"""What services share, and their clients: doors, answers, limits, metrics; how they are asked."""
