"""What is doubtful about a ledger: freshness, namesakes, restatements, and what a report says of it."""
