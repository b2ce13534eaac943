"""What runs cost, read from the ledger: sums, what a job will likely cost, which limits to set."""
