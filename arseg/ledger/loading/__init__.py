"""From rows to a ledger: convert, set aside, judge against what is there, account for all of it."""
