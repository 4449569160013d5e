"""The file a ledger is: its format, its facts and hash, how it is written and held to its keys."""
